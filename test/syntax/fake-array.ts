/** An array that computes nothing: it has a label, and writes down every operator that reaches it. */
import { operators, type HasOperators, type OperatorTable } from "../../src/core/operators.ts";

export class FakeArray implements HasOperators {
  readonly label: string;
  readonly log: string[];
  readonly [operators]: OperatorTable;

  constructor(label: string, log: string[]) {
    this.label = label;
    this.log = log;
    this[operators] = recorder(log);
  }

  double(): FakeArray {
    return new FakeArray(`${this.label}.double()`, this.log);
  }

  toString(): string {
    throw new Error(`${this.label} met an operator in code that was not rewritten`);
  }
}

export function show(value: unknown): string {
  if (value instanceof FakeArray) return value.label;
  return typeof value === "string" ? JSON.stringify(value) : Array.isArray(value) ? `[${value.map(show).join(", ")}]` : String(value);
}

function recorder(log: string[]): OperatorTable {
  const made = (label: string): FakeArray => {
    log.push(label);
    return new FakeArray(label, log);
  };
  return {
    binary: (operator, left, right) => made(`(${show(left)} ${operator} ${show(right)})`),
    unary: (operator, operand) => made(`${operator}${show(operand)}`),
    conditional: (condition, whenTrue, whenFalse) => made(`where(${show(condition)}, ${show(whenTrue())}, ${show(whenFalse())})`),
    logical: (operator, left, right) => made(`(${show(left)} ${operator} ${show(right())})`),
    truth(construct, value) {
      throw new TypeError(`${construct} (${show(value)})`);
    },
    index: (target, key) => made(`${show(target)}[${show(key)}]`),
    assignIndex(target, key) {
      throw new TypeError(`${target === undefined ? "…" : show(target)}[${key === undefined ? "…" : show(key)}] = …`);
    },
    math: (name, args) => made(`${name.includes(".") ? "" : "Math."}${name}(${args.map(show).join(", ")})`),
  };
}
