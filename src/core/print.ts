/** Programs as text for people: the one printer, and the same program as a Mermaid or DOT graph. */
import type { ConcreteArray } from "./concrete.ts";
import { type Atom, type Equation, HostValue, isProgram, isVariable, type Param, type Program, type Variable } from "./program.ts";
import { sizeOf } from "./shape.ts";
import { showType } from "./type.ts";

/** Names variables a, b, …, z, aa, ab, … in the order they are met. */
class Names {
  readonly #names = new Map<Variable, string>();
  of(variable: Variable): string {
    let name = this.#names.get(variable);
    if (name === undefined) {
      name = letters(this.#names.size);
      this.#names.set(variable, name);
    }
    return name;
  }
}

function letters(n: number): string {
  let text = "";
  for (let k = n; k >= 0; k = Math.floor(k / 26) - 1) text = String.fromCharCode(97 + (k % 26)) + text;
  return text;
}

export interface PrintOptions {
  /** Append the user's source line to each equation. */
  readonly places?: boolean;
}

/**
 * ```text
 * { (a: f32[3], b: f32[3]) =>
 *     c: f32[3] = mul a b
 *     d: f32[3] = add c 1.0
 *   in (d) }
 * ```
 */
export function printProgram(program: Program, options: PrintOptions = {}): string {
  return printIndented(program, "", options);
}

function printIndented(program: Program, indent: string, options: PrintOptions): string {
  const names = new Names();
  const declare = (v: Variable): string => `${names.of(v)}: ${showType(v.type)}`;
  const lines = [`{ (${program.inputs.map(declare).join(", ")}) =>`];
  for (const equation of program.equations) {
    const place = options.places && equation.place ? equation.place.toString() : "";
    const operands = equation.inputs.map((a) => printAtom(a, names));
    const left = equation.outputs.map(declare).join(", ");
    lines.push(`${indent}    ${left} = ${[equation.primitive.name + printParams(equation, `${indent}    `, options), ...operands].join(" ")}${place ? `  # ${place}` : ""}`);
  }
  lines.push(`${indent}  in (${program.outputs.map((a) => printAtom(a, names)).join(", ")}) }`);
  return lines.join("\n");
}

function printAtom(atom: Atom, names: Names): string {
  return isVariable(atom) ? names.of(atom) : printConstant(atom);
}

/** A repeated number prints as itself, a small array with its elements, a large one as its type. */
function printConstant(array: ConcreteArray): string {
  const { type, splat } = array;
  const show = (x: number): string => (type.dtype === "bool" ? String(x !== 0) : Number.isInteger(x) && (type.dtype === "float32" || type.dtype === "float64") && Math.abs(x) < 1e15 ? (Object.is(x, -0) ? "-0.0" : x.toFixed(1)) : shortest(x, type.dtype));
  if (splat !== undefined) return show(splat);
  if (sizeOf(type.shape) > 6) return `const:${showType(type)}`;
  return `[${[...array.elements].map(show).join(" ")}]:${showType(type)}`;
}

/** The shortest decimal that still names the same float32; float64 prints as JavaScript does. */
export function shortest(x: number, dtype: string): string {
  if (dtype !== "float32" || !Number.isFinite(x)) return String(x);
  for (let digits = 1; digits <= 9; digits++) {
    const text = x.toPrecision(digits);
    if (Math.fround(Number(text)) === x) return String(Number(text));
  }
  return String(x);
}

function printParams(equation: Equation, indent: string, options: PrintOptions): string {
  const entries = Object.entries(equation.params).filter(([, v]) => v !== undefined);
  if (entries.length === 0) return "";
  return `[${entries.map(([k, v]) => `${k}=${printParam(v, indent, options)}`).join(" ")}]`;
}

function printParam(value: Param, indent: string, options: PrintOptions): string {
  if (value instanceof HostValue) return value.name;
  if (isProgram(value)) return printIndented(value, `${indent}  `, options);
  if (Array.isArray(value)) return `(${(value as readonly Param[]).map((v) => printParam(v, indent, options)).join(",")})`;
  if (typeof value === "object" && value !== null) return `{${Object.entries(value).map(([k, v]) => `${k}:${printParam(v as Param, indent, options)}`).join(",")}}`;
  return Object.is(value, -0) ? "-0" : String(value);
}

interface Graph {
  readonly nodes: readonly { readonly id: string; readonly label: string; readonly kind: "input" | "operation" | "constant" | "output" }[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly label: string }[];
}

function graphOf(program: Program): Graph {
  const nodes: Graph["nodes"][number][] = [];
  const edges: Graph["edges"][number][] = [];
  const source = new Map<Variable, string>();
  const node = (kind: Graph["nodes"][number]["kind"], label: string): string => {
    const id = `n${nodes.length}`;
    nodes.push({ id, label, kind });
    return id;
  };
  const from = (atom: Atom): string => (isVariable(atom) ? (source.get(atom) as string) : node("constant", printConstant(atom)));
  program.inputs.forEach((v, i) => source.set(v, node("input", `input ${i}`)));
  for (const equation of program.equations) {
    const id = node("operation", equation.primitive.name + printParams(equation, "", {}));
    for (const atom of equation.inputs) edges.push({ from: from(atom), to: id, label: showType(atom.type) });
    for (const v of equation.outputs) source.set(v, id);
  }
  program.outputs.forEach((atom, i) => edges.push({ from: from(atom), to: node("output", `output ${i}`), label: showType(atom.type) }));
  return { nodes, edges };
}

const quote = (text: string): string => text.replaceAll('"', "'").replaceAll("\n", " ");

export function toMermaid(program: Program): string {
  const { nodes, edges } = graphOf(program);
  const shape = { input: ["([", "])"], operation: ["[", "]"], constant: ["{{", "}}"], output: ["([", "])"] } as const;
  return [
    "flowchart TD",
    ...nodes.map((n) => `  ${n.id}${shape[n.kind][0]}"${quote(n.label)}"${shape[n.kind][1]}`),
    ...edges.map((e) => `  ${e.from} -->|"${quote(e.label)}"| ${e.to}`),
  ].join("\n");
}

export function toDot(program: Program): string {
  const { nodes, edges } = graphOf(program);
  const shape = { input: "ellipse", operation: "box", constant: "plaintext", output: "ellipse" } as const;
  return [
    "digraph program {",
    ...nodes.map((n) => `  ${n.id} [label="${quote(n.label)}", shape=${shape[n.kind]}];`),
    ...edges.map((e) => `  ${e.from} -> ${e.to} [label="${quote(e.label)}"];`),
    "}",
  ].join("\n");
}
