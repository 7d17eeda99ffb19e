/** Kernels as text for people: buffers, then each kernel with its loops, stages and what they compute. */
import type { Access, BranchKernel, Buffer, Expression, Kernel, KernelProgram, RepeatKernel, Stage, Store, Term } from "./ir.ts";

const short: Readonly<Record<string, string>> = { float32: "f32", float64: "f64", int32: "i32", uint32: "u32", bool: "bool" };
const letters = "ijklmnopqrstuvwxyz";
const loopName = (d: number): string => letters[d] ?? `i${d}`;

export function printKernels({ buffers, kernels, outputs }: KernelProgram): string {
  const lines = buffers.map((b) => `${nameOf(b)}: ${short[b.dtype]}[${b.length}]  ${describeRole(b)}`);
  kernels.forEach((kernel, i) => lines.push("", ...printKernel(kernel, String(i))));
  const results = outputs.map((o) => (o.kind === "buffer" ? nameOf(o.buffer) : o.kind === "input" ? `input ${o.index}` : "constant"));
  return [...lines, "", `return ${results.join(", ")}`].join("\n");
}

const nameOf = (b: Buffer): string => `${{ input: "in", output: "out", constant: "const", temporary: "t", window: "w" }[b.role.kind]}${b.id}`;

function describeRole({ role }: Buffer): string {
  if (role.kind === "window") return `window on ${nameOf(role.of)}`;
  return role.kind === "input" || role.kind === "output" ? `${role.kind} ${role.index}` : role.kind;
}

export function printKernel(kernel: Kernel, index: string): string[] {
  const place = kernel.place?.toString() ?? "";
  const at = place === "" ? "" : `  # ${place}`;
  if (kernel.kind === "host") return [`kernel ${index} ${kernel.name}: host(${kernel.inputs.map(nameOf).join(", ")}) -> ${kernel.outputs.map(nameOf).join(", ")}${at}`];
  if (kernel.kind === "contraction") {
    const { batch, m, n, k, a, b } = kernel;
    const rank = batch.length;
    const head = `kernel ${index} ${kernel.name}: contraction ${batch.length > 0 ? `batch [${batch.join(",")}] ` : ""}m ${m} n ${n} k ${k} ${short[kernel.dtype]}${at}`;
    const computed = kernel.prologue === undefined ? [] : new Printer([rank, rank + 2]).value("a", kernel.prologue);
    const left = computed.length > 0 ? "a" : `${nameOf(a.buffer)}[${place2(a, [...batch.keys(), rank, rank + 2])}]`;
    const sum = `  acc = Σ${loopName(rank + 2)} ${left} · ${nameOf(b.buffer)}[${place2(b, [...batch.keys(), rank + 2, rank + 1])}]`;
    return [head, ...computed, sum, ...new Printer().stores(kernel.stores)];
  }
  if (kernel.kind === "repeat") return [`kernel ${index} ${kernel.name}: ${turnsText(kernel)}${at}`, ...printRepeat(kernel, index)];
  if (kernel.kind === "branch") return [`kernel ${index} ${kernel.name}: by ${nameOf(kernel.index)}${at}`, ...printBranches(kernel, index)];
  const loops = kernel.outer.length === 0 ? "once" : `for ${kernel.outer.map((n, d) => `${loopName(d)} < ${n}`).join(", ")}`;
  const printer = new Printer();
  return [`kernel ${index} ${kernel.name}: ${loops}${kernel.sequential ? " in order" : ""}${at}`, ...kernel.stages.flatMap((s) => printer.stage(s, kernel.outer.length))];
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => (line === "" ? "" : `  ${line}`));

function turnsText({ condition, length, reverse }: RepeatKernel): string {
  return condition === undefined ? `${length} turns${reverse ? ", backward" : ""}` : `while ${nameOf(condition)}`;
}

/** A state is shown as result(where it is read) from initial, then where it is written. */
function printRepeat({ state, test, body }: RepeatKernel, index: string): string[] {
  const leaves = state.map(({ initial, before, after }) => `${nameOf(before)} = ${nameOf(initial)}, then ${nameOf(after)}`);
  const kernels = (list: readonly Kernel[], from: number): string[] => list.flatMap((k, i) => printKernel(k, `${index}.${from + i}`));
  const inside = [...kernels(test, 0), ...kernels(body, test.length)];
  return indented([...(leaves.length > 0 ? [`state ${leaves.join("; ")}`] : []), ...inside]);
}

function printBranches({ branches }: BranchKernel, index: string): string[] {
  return indented(branches.flatMap((list, b) => [`branch ${b}`, ...indented(list.flatMap((k, i) => printKernel(k, `${index}.${b}.${i}`)))]));
}

const place2 = (access: Access, loops: readonly number[]): string => affine(access.offset, access.strides, loops);

function affine(offset: number, strides: readonly number[], loops: readonly number[] = [...strides.keys()]): string {
  const terms = strides.flatMap((s, d) => (s === 0 ? [] : [`${s === 1 ? "" : `${s}·`}${loopName(loops[d] as number)}`]));
  if (offset !== 0 || terms.length === 0) terms.push(String(offset));
  return terms.join(" + ");
}

class Printer {
  readonly #names: Map<unknown, string> = new Map();
  #lines: string[] = [];
  #count = 0;
  #indent = "  ";
  /** The loops that accesses go along, where these are not all. */
  readonly #loops: readonly number[] | undefined;
  constructor(loops?: readonly number[]) {
    this.#loops = loops;
  }

  /** `name = …` */
  value(name: string, e: Expression): string[] {
    this.#line(`${name} = ${this.expression(e)}`);
    return this.#lines;
  }

  stage(stage: Stage, outer: number): string[] {
    this.#lines = [];
    const loops = stage.inner.map((n, d) => `${loopName(outer + d)} < ${n}`).join(", ");
    if (stage.inner.length > 0) this.#lines.push(`  for ${loops}`);
    this.#indent = stage.inner.length > 0 ? "    " : "  ";
    for (const c of stage.carries) this.#names.set(c, `c${this.#count++}`);
    for (const c of stage.checks) this.#line(`check ${this.expression(c.condition)}`);
    for (const c of stage.carries) this.#line(`${this.#names.get(c)} = ${this.expression(c.next)}  from ${c.initial}`);
    for (const r of stage.reductions) {
      const name = `r${this.#count++}`;
      this.#line(`${name} = ${r.combine} ${this.expression(r.value)}`);
      this.#names.set(r, name);
    }
    this.#stores(stage.stores);
    return this.#lines;
  }

  stores(stores: readonly Store[]): string[] {
    this.#lines = [];
    this.#stores(stores);
    return this.#lines;
  }

  #stores(stores: readonly Store[]): void {
    for (const { access, terms, value, condition, combine } of stores) {
      const text = this.expression(value);
      const when = condition === undefined ? "" : `  where ${this.expression(condition)}`;
      this.#line(`${nameOf(access.buffer)}[${this.#place(access, terms)}] = ${combine === undefined ? text : `${combine}(old, ${text})`}${when}`);
    }
  }

  #line(text: string): void {
    this.#lines.push(this.#indent + text);
  }

  #place(access: Access, terms: readonly Term[]): string {
    return [affine(access.offset, access.strides, this.#loops), ...terms.map((t) => `${t.stride}·${this.expression(t.index)}`)].join(" + ");
  }

  /** A name or a literal; what is computed gets a line of its own. */
  expression(root: Expression): string {
    const stack = [root];
    for (let e = stack[stack.length - 1]; e !== undefined; e = stack[stack.length - 1]) {
      const operands = e.kind === "apply" ? e.operands : e.kind === "load" ? e.terms.map((t) => t.index) : [];
      const missing = this.#names.has(e) ? [] : operands.filter((o) => !this.#names.has(o));
      if (missing.length > 0) {
        stack.push(...missing);
        continue;
      }
      stack.pop();
      if (!this.#names.has(e)) this.#names.set(e, this.#define(e));
    }
    return this.#names.get(root) as string;
  }

  #define(e: Expression): string {
    switch (e.kind) {
      case "constant":
        return String(e.value);
      case "accumulator":
        return "acc";
      case "result":
      case "carry":
        return this.#names.get(e.of) ?? "?";
      case "index":
        return `(${affine(e.offset, e.strides)})`;
      case "load":
        return `${nameOf(e.access.buffer)}[${this.#place(e.access, e.terms)}]`;
      case "apply": {
        const name = `v${this.#count++}`;
        this.#line(`${name}: ${short[e.dtype]} = ${e.instruction} ${e.operands.map((o) => this.#names.get(o)).join(" ")}`);
        return name;
      }
    }
  }
}
