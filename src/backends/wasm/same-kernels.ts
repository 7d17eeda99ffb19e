/**
 * Equal kernels of a program, such as those of equal layers, are spelled once: a function that finds its addresses in a small table of its own,
 * which each place that calls it fills. Two kernels are equal if they differ in nothing but which buffers they work on.
 */
import { type Access, type Buffer, type Carry, type ContractionKernel, type Expression, isControl, type Kernel, listsOf, type LoopKernel, type Reduction, type Store } from "../../kernel/ir.ts";
import { postOrder, rootsOf } from "./loops/graph.ts";

export type Spelled = LoopKernel | ContractionKernel;

/** What a kernel is, apart from its buffers, and these in the order in which they occur. */
export interface Form {
  readonly key: string;
  readonly buffers: readonly Buffer[];
}

/** The forms of those kernels that have an equal one. */
export function formsOf(kernels: readonly Kernel[], mayShare: (kernel: Spelled) => boolean): Map<Kernel, Form> {
  const alike = new Map<string, Spelled[]>();
  const visit = (kernel: Kernel): void => {
    if (isControl(kernel)) for (const list of listsOf(kernel)) list.forEach(visit);
    else if (kernel.kind !== "host" && mayShare(kernel)) append(alike, roughly(kernel), kernel);
  };
  kernels.forEach(visit);
  const forms = new Map<Kernel, Form>();
  for (const group of alike.values()) {
    if (group.length < 2) continue;
    const byKey = new Map<string, { readonly kernel: Spelled; readonly form: Form }[]>();
    for (const kernel of group) {
      const form = formOf(kernel);
      append(byKey, form.key, { kernel, form });
    }
    for (const equal of byKey.values()) if (equal.length > 1) for (const { kernel, form } of equal) forms.set(kernel, form);
  }
  return forms;
}

function append<T>(map: Map<string, T[]>, key: string, item: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [item]);
  else list.push(item);
}

/** The same for equal kernels, and cheap: most kernels have no equal. */
function roughly(kernel: Spelled): string {
  if (kernel.kind === "contraction") return `${kernel.name} ${kernel.batch.join()} ${kernel.m} ${kernel.n} ${kernel.k} ${kernel.stores.length}`;
  return `${kernel.name} ${kernel.outer.join()} ${kernel.stages.map((s) => `${s.inner.join()}:${s.stores.length}`).join(" ")}`;
}

function formOf(kernel: Spelled): Form {
  const writer = new FormWriter();
  if (kernel.kind === "contraction") {
    const { dtype, batch, m, n, k, a, b, prologue, stores } = kernel;
    writer.put(`${dtype} ${batch.join()} ${m} ${n} ${k} ${writer.access(a)} ${writer.access(b)}`);
    if (prologue !== undefined) {
      writer.expressions([prologue]);
      writer.put(`prologue ${writer.of(prologue)}`);
    }
    writer.expressions(stores.flatMap((s) => [s.value, ...(s.condition === undefined ? [] : [s.condition])]));
    stores.forEach((s) => writer.store(s));
  } else {
    writer.put(`${kernel.outer.join()} ${kernel.sequential}`);
    for (const stage of kernel.stages) {
      for (const of of [...stage.carries, ...stage.reductions]) writer.number(of);
      writer.expressions(rootsOf(stage));
      writer.put(`stage ${stage.inner.join()}`);
      for (const r of stage.reductions) writer.put(`${r.dtype} ${r.combine} ${text(r.identity)} ${writer.of(r.value)}`);
      for (const c of stage.carries) writer.put(`${c.dtype} ${text(c.initial)} ${writer.of(c.next)}`);
      stage.stores.forEach((s) => writer.store(s));
    }
  }
  return { key: writer.lines.join("\n"), buffers: [...writer.buffers.keys()] };
}

/** -0 is not 0. */
const text = (x: number): string => (Object.is(x, -0) ? "-0" : String(x));

class FormWriter {
  readonly lines: string[] = [];
  readonly buffers: Map<Buffer, number> = new Map<Buffer, number>();
  readonly #values: Map<Expression, number> = new Map<Expression, number>();
  readonly #running: Map<Reduction | Carry, number> = new Map<Reduction | Carry, number>();

  put(line: string): void {
    this.lines.push(line);
  }

  number(of: Reduction | Carry): void {
    this.#running.set(of, this.#running.size);
  }

  of(e: Expression): number {
    return this.#values.get(e) as number;
  }

  access({ buffer, offset, strides }: Access): string {
    let number = this.buffers.get(buffer);
    if (number === undefined) this.buffers.set(buffer, (number = this.buffers.size));
    return `${number}${buffer.dtype}${buffer.length}+${offset}:${strides.join()}`;
  }

  expressions(roots: readonly Expression[]): void {
    for (const e of postOrder(roots)) {
      if (this.#values.has(e)) continue;
      this.#values.set(e, this.#values.size);
      this.put(this.#line(e));
    }
  }

  #line(e: Expression): string {
    switch (e.kind) {
      case "load":
        return `load ${this.access(e.access)} ${this.#terms(e.terms)}`;
      case "constant":
        return `${e.dtype} ${text(e.value)}`;
      case "index":
        return `index ${e.dtype} ${e.offset}:${e.strides.join()}`;
      case "apply":
        return `${e.dtype} ${e.instruction} ${e.operands.map((o) => this.of(o)).join()}`;
      case "result":
      case "carry":
        return `${e.kind} ${e.dtype} ${this.#running.get(e.of) as number}`;
      case "accumulator":
        return `accumulator ${e.dtype}`;
    }
  }

  store({ access, value, terms, condition, combine }: Store): void {
    this.put(`store ${this.access(access)} ${this.of(value)} ${this.#terms(terms)} ${condition === undefined ? "" : this.of(condition)} ${combine ?? ""}`);
  }

  #terms(terms: readonly { readonly index: Expression; readonly stride: number }[]): string {
    return terms.map((t) => `${this.of(t.index)}*${t.stride}`).join();
  }
}
