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
    truth(construct, value, why) {
      throw new TypeError(`${construct} (${show(value)})${why === undefined ? "" : `: ${why}`}`);
    },
    /** Runs both sides, and makes of each variable what was assigned on both. */
    fork(condition, variables, values) {
      log.push(`if ${show(condition)}`);
      let first: readonly unknown[] | undefined;
      const fork = {
        side: true, open: true,
        next(now: readonly unknown[]): readonly unknown[] {
          if (first !== undefined) {
            fork.open = false;
            const chosen = now.map((value, i) => (Object.is(value, first?.[i]) ? value : new FakeArray(`choose(${show(first?.[i])}, ${show(value)})`, log)));
            log.push(`end ${variables.map(({ name }, i) => `${name} = ${show(chosen[i])}`).join(", ")}`);
            return chosen;
          }
          log.push("else");
          first = now;
          fork.side = false;
          return values;
        },
        close: () => {},
      };
      return fork;
    },
    /** Runs one turn with the variables by their names, and gives what the loop leaves in them. */
    loop(construct, condition, variables) {
      const of = (text: string): FakeArray[] => variables.map(({ name, integer, certain }) => new FakeArray(`${text}${name}${integer ? "#" : ""}${certain ? "" : "?"}`, log));
      let begun = false;
      const loop = {
        open: true,
        turn(now: unknown, values: readonly unknown[]): readonly unknown[] {
          log.push(`${begun ? "again" : construct} ${show(begun ? now : condition)} with ${values.map(show).join(", ")}`);
          loop.open = !begun;
          begun = true;
          return of(loop.open ? "" : "last ");
        },
        close: () => {},
      };
      return loop;
    },
    index: (target, key) => made(`${show(target)}[${show(key)}]`),
    assignIndex(target, key) {
      throw new TypeError(`${target === undefined ? "…" : show(target)}[${key === undefined ? "…" : show(key)}] = …`);
    },
    math: (name, args) => made(`${name.includes(".") ? "" : "Math."}${name}(${args.map(show).join(", ")})`),
  };
}
