/**
 * Decides where every value of a program is computed. A value used once stays virtual: its consumer computes it on the way. A value used more
 * often, a reduction or an output joins the group of its latest operand when it runs over the same points, and begins a group otherwise.
 * Because it only ever joins the latest group among its operands', no cycle can arise.
 */
import type { ConcreteArray } from "../../core/concrete.ts";
import { isFloat } from "../../core/dtype.ts";
import { type Atom, type Equation, isVariable, type Program, type Variable } from "../../core/program.ts";
import type { AxisPairs } from "../../core/lowering.ts";
import { range, sameShape, type Shape, sizeOf, stridesOf, without } from "../../core/shape.ts";
import { costOf } from "../../core/cost.ts";
import type { Access, Kernel } from "../ir.ts";
import { identityMap, mapOfAxes, mergedAxes, type PointMap, merges, positionOf, throughReshape, throughView } from "./affine.ts";
import { type Axes, ContractionGroup, DraftBuffer, type Group, type Home, LoopGroup, type Member, type Operand } from "./groups.ts";
import { countBoxes, cutsFor, isWorthCutting } from "./cuts.ts";
import { copyKernel } from "./copy.ts";
import { Homes } from "./homes.ts";
import { computedSide } from "./prologue.ts";

/** A group with more operations than this takes no more; a virtual value of more is computed where it stands. */
const largestGroup = 2000;
/** So that backends that work on vectors need not give up: fewer live values than they have room for. In float64 as many would take long to compile. */
const largestVectorGroup = 500;
const largestVirtual = 400;
/** A scalar of at most so many operations is computed again wherever it is used. */
const smallScalar = 16;
/** How far back, and in what company, a value joins a group that computes none of its operands. */
const recentGroups = 8;
const membersBesides = 8;
/** Boxes, times operations in each, that a group may be cut into. */
const mostCut = 1000;
/** A reduction to fewer results than this, each over more elements than that, is cut into blocks. */
const fewResults = 64;
const manyElements = 16384;
/** The same where the last axis stays: elements of a column are added one after another, and long sums of that kind lose digits. */
const fewColumns = 65536;

export class Placement extends Homes {
  readonly groups: Group[] = [];
  readonly constants: Map<ConcreteArray, DraftBuffer> = new Map();
  readonly inputs: DraftBuffer[];
  readonly #outputs: Set<Variable>;
  readonly #checked: Map<Atom, Set<string>> = new Map();
  /** Puts an assembly together in memory; see special.ts. */
  assemble: (equation: Equation) => void = () => {};

  /** `given` are the buffers of the inputs of a program inside another. */
  constructor(program: Program, given?: readonly DraftBuffer[]) {
    super(program.equations);
    this.inputs = program.inputs.map((v, index) => {
      const buffer = given?.[index] ?? new DraftBuffer(v.type.dtype, sizeOf(v.type.shape));
      if (given === undefined) buffer.role = { kind: "input", index };
      this.setHome(v, { kind: "buffer", buffer, after: -1 });
      return buffer;
    });
    this.#outputs = new Set(program.outputs.filter(isVariable));
  }

  isOutput(variable: Variable): boolean {
    return this.#outputs.has(variable);
  }

  /** A value that whoever needs it computes. It is computed at once where several need it, or an output is made of it. */
  defer(equation: Equation, linear: boolean, cost: number): void {
    const variable = equation.outputs[0] as Variable;
    let size = 1;
    for (const atom of equation.inputs) {
      const home = isVariable(atom) ? this.home(atom) : undefined;
      if (home?.kind === "virtual") size += home.size;
    }
    const home: Home = { kind: "virtual", equation, linear, size, cost };
    this.setVirtual(variable, home);
  }

  deferElementwise(equation: Equation, cost: number, linear: boolean = equation.inputs.every((a) => this.isLinear(a))): void {
    const variable = equation.outputs[0] as Variable;
    this.defer(equation, linear, cost);
    const { size } = this.home(variable) as Home & { kind: "virtual" };
    const shared = this.uses(variable) > 1 && !(sizeOf(variable.type.shape) <= 1 && size <= smallScalar);
    if (shared || this.#outputs.has(variable) || size > largestVirtual) this.place(variable);
  }

  /** Computes the operations under a chain of virtual views once and for all. */
  placeBase(atom: Atom): void {
    let at = atom;
    while (isVariable(at)) {
      const home = this.home(at);
      if (home.kind !== "virtual") return;
      const { form } = home.equation.primitive.lower;
      if (form !== "view" && form !== "reshape") {
        if (form !== "index" && !(form === "assembly" && this.isThere(home.equation.inputs))) this.place(at);
        return;
      }
      at = home.equation.inputs[0] as Atom;
    }
  }

  /** The buffer that holds a value row-major; from now on the value is kept there. */
  bufferOf(atom: Atom): DraftBuffer {
    if (!isVariable(atom)) {
      let buffer = this.constants.get(atom);
      if (buffer === undefined) {
        buffer = new DraftBuffer(atom.type.dtype, sizeOf(atom.type.shape));
        buffer.role = { kind: "constant", array: atom };
        this.constants.set(atom, buffer);
      }
      return buffer;
    }
    let home = this.home(atom);
    if (home.kind === "virtual") {
      if (home.equation.primitive.lower.form === "reshape") {
        const operand = home.equation.inputs[0] as Atom;
        const buffer = this.bufferOf(operand);
        this.setHome(atom, { kind: "buffer", buffer, after: this.groupBehind(operand) });
        return buffer;
      }
      this.place(atom);
      home = this.home(atom);
    }
    return home.kind === "buffer" ? home.buffer : keep((home as Home & { kind: "member" }).member);
  }

  /** A variable that has the value of another one. */
  alias(variable: Variable, of: Atom): void {
    this.setHome(variable, { kind: "buffer", buffer: this.bufferOf(of), after: this.groupBehind(of) });
  }

  /** An operand of a contraction that lies in memory: strides per axis over a buffer. */
  #operand(atom: Atom): Operand & { readonly access: Access } {
    const { shape } = atom.type;
    const rank = shape.length;
    let map: PointMap = identityMap(rank);
    let at = atom;
    while (isVariable(at)) {
      const home = this.home(at);
      if (home.kind !== "virtual") break;
      const { lower } = home.equation.primitive;
      const inner = home.equation.inputs[0] as Atom;
      const next = lower.form === "view" ? throughView(map, lower.sources(home.equation.params, inner.type.shape), rank) : lower.form === "reshape" ? throughReshape(map, inner.type.shape, at.type.shape, rank) : undefined;
      if (next === undefined) break;
      map = next;
      at = inner;
    }
    const buffer = this.bufferOf(at);
    return { access: { buffer, ...positionOf(map, at.type.shape, rank) }, atom };
  }

  /** Gives a virtual value a place in a group. */
  place(variable: Variable): void {
    const { equation, size } = this.home(variable) as Home & { kind: "virtual" };
    if (equation.primitive.lower.form === "assembly") return this.assemble(equation);
    const { shape } = variable.type;
    if (this.#cutsWith(new LoopGroup(-1, shape), variable, identityMap(shape.length), size) === undefined) this.keepAssemblies([variable]);
    for (const group of this.#candidates([variable], shape)) {
      if (group.size + size > (variable.type.dtype === "float64" ? largestGroup : largestVectorGroup)) continue;
      for (const level of ["inner", "outer"] as const) {
        const dims = level === "inner" ? matchShapes(shape, group.shape, range(group.shape.length)) : outerDims(group, shape);
        if (dims === undefined) continue;
        const map = mapOfAxes(dims, group.shape.length);
        if (this.fits(group, variable, map, level) && this.#cut(group, variable, map, size)) return this.#join(group, equation, map, level, size);
      }
    }
    const fresh = this.#begin(shape, variable, size);
    this.#join(fresh, equation, identityMap(shape.length), "inner", size);
  }

  /** Groups that a value may join: the latest among its operands', and small recent ones over the same points, which read the same memory anew. */
  *#candidates(atoms: readonly Atom[], shape: Shape): Generator<LoopGroup | ContractionGroup> {
    const latest = this.latest(atoms);
    if (latest !== undefined && latest.kind !== "direct") yield latest;
    const after = latest?.index ?? -1;
    for (let i = this.groups.length - 1; i > after && i >= this.groups.length - recentGroups; i--) {
      const group = this.groups[i];
      if (group?.kind === "loops" && sameShape(group.shape, shape) && group.members.length < membersBesides) yield group;
    }
  }

  #join(group: LoopGroup | ContractionGroup, equation: Equation, map: PointMap, level: "inner" | "outer", size: number): void {
    const variable = equation.outputs[0] as Variable;
    this.keepLeaves([variable], group);
    const member: Member = { variable, equation, group, map, level, buffer: undefined };
    group.members.push(member);
    group.size += size;
    this.setHome(variable, { kind: "member", member });
  }

  /** Where a group is cut once it computes this value too, at the points of its loops that `map` names; undefined where that would be too many boxes, or where pieces do not lie along its axes. */
  #cutsWith(group: LoopGroup, atom: Atom, map: PointMap, size: number, reduced = group.reduced): Axes | undefined {
    if (!this.hasAssembly(atom)) return group.cuts;
    const cuts = sizeOf(group.shape) === 0 ? undefined : cutsFor(atom, map, group.shape, (v) => this.home(v));
    if (cuts === undefined) return undefined;
    const all = group.cuts.map((set, d) => new Set([...set, ...(cuts.axes[d] as ReadonlySet<number>)]));
    // the kernel that combines blocks knows no boxes
    if (reduced !== undefined && inBlocks(group.shape, reduced) && all.some((set, d) => set.size > 0 && !reduced.includes(d))) return undefined;
    return isWorthCutting(group.shape, all) && countBoxes(all) * (group.size + size) <= mostCut ? all : undefined;
  }

  /** Cuts a group so that it can compute a value; false where it cannot. */
  #cut(group: LoopGroup | ContractionGroup, atom: Atom, map: PointMap, size: number, reduced?: readonly number[]): boolean {
    if (group.kind === "contraction") return true;
    const cuts = this.#cutsWith(group, atom, map, size, reduced);
    if (cuts === undefined) return false;
    group.cut ||= cuts !== group.cuts;
    group.cuts = cuts;
    return true;
  }

  /** A group for a value that reads through no assemblies but those that it can. */
  #begin(shape: Shape, atom: Atom, size: number): LoopGroup {
    const fresh = new LoopGroup(this.groups.length, shape);
    this.groups.push(fresh);
    this.#cut(fresh, atom, identityMap(shape.length), size);
    return fresh;
  }

  /** Assemblies that these values are made of are put together in memory. */
  keepAssemblies(atoms: readonly Atom[]): void {
    const found: Variable[] = [];
    this.walk(atoms, (home) => {
      if (home.kind === "virtual" && home.equation.primitive.lower.form === "assembly") found.push(home.equation.outputs[0] as Variable);
    });
    for (const variable of found) if (this.home(variable).kind === "virtual") this.bufferOf(variable);
  }

  /** A reduction of the operand over `axes`. */
  placeReduction(equation: Equation, axes: readonly number[]): void {
    const operand = equation.inputs[0] as Atom;
    const { shape } = operand.type;
    if (this.#cutsWith(new LoopGroup(-1, shape), operand, identityMap(shape.length), 1, axes) === undefined) this.keepAssemblies([operand]);
    for (const group of this.#candidates([operand], shape)) {
      if (group.kind !== "loops" || group.size >= largestGroup) continue;
      const dims = matchShapes(shape, group.shape, range(group.shape.length));
      if (dims === undefined) continue;
      const reduced = axes.map((a) => dims[a] as number).filter((d) => d >= 0).sort((a, b) => a - b);
      if (reduced.length === 0 || (group.reduced !== undefined && !sameShape(group.reduced, reduced))) continue;
      const map = mapOfAxes(dims, group.shape.length);
      if (this.fits(group, operand, map, "inner") && this.#cut(group, operand, map, 1, reduced)) return this.#reduce(group, equation, without(dims, axes), reduced);
    }
    const fresh = this.#begin(shape, operand, 1);
    this.#reduce(fresh, equation, without(range(shape.length), axes), axes);
  }

  #reduce(group: LoopGroup, equation: Equation, kept: readonly number[], reduced: readonly number[]): void {
    this.keepLeaves(equation.inputs, group);
    group.reduced = reduced;
    if (inBlocks(group.shape, reduced)) group.blocked = true;
    const variable = equation.outputs[0] as Variable;
    const member: Member = { variable, equation, group, map: mapOfAxes(kept, group.shape.length), level: "outer", buffer: undefined };
    group.members.push(member);
    group.size++;
    this.setHome(variable, { kind: "member", member });
    if (this.#outputs.has(variable)) keep(member);
  }

  placeContraction(equation: Equation, axes: { readonly contract: AxisPairs; readonly batch: AxisPairs }): void {
    const variable = equation.outputs[0] as Variable;
    const [x, y] = equation.inputs as readonly [Atom, Atom];
    const { contract, batch } = axes;
    const computed = computedSide(this, equation, axes);
    let operands: readonly [Operand, Operand];
    if (computed !== undefined) {
      const onTheWay = equation.inputs[computed] as Atom;
      this.keepLeaves([onTheWay], undefined);
      const other = this.#operand(equation.inputs[1 - computed] as Atom);
      operands = computed === 0 ? [{ access: undefined, atom: onTheWay }, other] : [other, { access: undefined, atom: onTheWay }];
    } else {
      const there = [this.#operand(x), this.#operand(y)] as const;
      const strides = (side: 0 | 1): number[] => contract[side].map((a) => there[side].access.strides[a] as number);
      const asOne = merges(contract[0].map((a) => x.type.shape[a] as number), [strides(0), strides(1)]);
      operands = asOne ? there : [this.#packed(x, contract[0], batch[0]), this.#packed(y, contract[1], batch[1])];
    }
    const group = new ContractionGroup(this.groups.length, variable.type.shape, ...operands);
    this.groups.push(group);
    const member: Member = { variable, equation, group, map: identityMap(variable.type.shape.length), level: "inner", buffer: undefined };
    group.members.push(member);
    this.setHome(variable, { kind: "member", member });
    if (this.#outputs.has(variable)) keep(member);
  }

  /** A copy of an operand in which the axes summed over lie last, one beside the other. */
  #packed(atom: Atom, contract: readonly number[], batch: readonly number[]): Operand {
    const { shape, dtype } = atom.type;
    const others = range(shape.length).filter((a) => !contract.includes(a) && !batch.includes(a));
    const order = [...batch, ...others, ...contract];
    const packed = stridesOf(order.map((a) => shape[a] as number));
    const buffer = new DraftBuffer(dtype, sizeOf(shape));
    const strides = range(shape.length).map((a) => packed[order.indexOf(a)] as number);
    this.keepLeaves([atom], undefined);
    const index = this.groups.length;
    this.groups.push({ kind: "direct", index, emit: () => [copyKernel(this, index, atom, buffer, strides)] });
    return { access: { buffer, offset: 0, strides }, atom };
  }

  /** A group of its own whose results lie in buffers. `operands` are computed inside it or read from memory. */
  placeDirect(equation: Equation, operands: readonly Atom[], emit: (results: readonly DraftBuffer[], index: number) => readonly Kernel[]): void {
    this.keepLeaves(operands, undefined);
    const index = this.groups.length;
    const results = equation.outputs.map((v) => new DraftBuffer(v.type.dtype, sizeOf(v.type.shape)));
    this.groups.push({ kind: "direct", index, emit: () => emit(results, index) });
    equation.outputs.forEach((v, i) => this.setHome(v, { kind: "buffer", buffer: results[i] as DraftBuffer, after: index }));
  }

  /** The value again, from behind the last group that the others need. */
  placeBarrier({ inputs, outputs }: Equation): void {
    const buffer = this.bufferOf(inputs[0] as Atom);
    this.setHome(outputs[0] as Variable, { kind: "buffer", buffer, after: this.latest(inputs)?.index ?? -1 });
  }

  /** A group that only checks; once is enough. */
  placeCheck(operands: readonly Atom[], what: string, emit: (index: number) => readonly Kernel[]): void {
    const [first] = operands as readonly [Atom];
    const before = this.#checked.get(first) ?? new Set();
    if (before.has(what)) return;
    this.#checked.set(first, before.add(what));
    this.keepLeaves(operands, undefined);
    const index = this.groups.length;
    this.groups.push({ kind: "direct", index, emit: () => emit(index) });
  }

  /** The last group that must run before values can be computed. */
  latest(atoms: readonly Atom[]): Group | undefined {
    let index = -1;
    this.walk(atoms, (home) => {
      if (home.kind === "buffer") index = Math.max(index, home.after);
      else if (home.kind === "member") index = Math.max(index, home.member.group.index);
    });
    return this.groups[index];
  }

  /** Values of other groups that these atoms are made of are kept in memory. */
  keepLeaves(atoms: readonly Atom[], group: Group | undefined): void {
    if (group === undefined) this.keepAssemblies(atoms);
    this.walk(atoms, (home) => {
      if (home.kind === "member" && home.member.group !== group) keep(home.member);
    });
  }
}

function inBlocks(shape: Shape, reduced: readonly number[]): boolean {
  const count = sizeOf(reduced.map((d) => shape[d] as number));
  const results = reduced.includes(shape.length - 1) ? fewResults : fewColumns;
  return count >= manyElements && sizeOf(without(shape, reduced)) < results;
}

function keep(member: Member): DraftBuffer {
  return (member.buffer ??= new DraftBuffer(member.variable.type.dtype, sizeOf(member.variable.type.shape)));
}

/** For each axis of `shape` the dimension of a space it runs along, -1 where its length is 1; undefined where they differ. */
export function matchShapes(shape: Shape, space: Shape, dims: readonly number[]): number[] | undefined {
  if (sameShape(shape, space)) return [...dims];
  const long = dims.filter((_, i) => space[i] !== 1);
  let next = 0;
  const out: number[] = [];
  for (const length of shape) {
    if (length === 1) {
      out.push(-1);
      continue;
    }
    const dim = long[next++];
    if (dim === undefined || length !== space[dims.indexOf(dim)]) return undefined;
    out.push(dim);
  }
  return next === long.length ? out : undefined;
}

function outerDims(group: LoopGroup | ContractionGroup, shape: Shape): number[] | undefined {
  if (group.kind === "contraction" || group.reduced === undefined) return undefined;
  const dims = without(range(group.shape.length), group.reduced);
  return matchShapes(shape, dims.map((d) => group.shape[d] as number), dims);
}

/** How each equation is treated, by the form of its operation. */
export function placeEquation(placement: Placement, equation: Equation, host: (equation: Equation) => void, special: (equation: Equation) => boolean): void {
  const { primitive, inputs, outputs, params } = equation;
  const { lower } = primitive;
  const [x] = inputs;
  const variable = outputs[0];
  switch (lower.form) {
    case "elementwise":
      return placement.deferElementwise(equation, costOf(lower.instruction((inputs[inputs.length - 1] as Atom).type.dtype, params)));
    case "index":
      return placement.defer(equation, (variable as Variable).type.shape.length === 1, 1);
    case "view": {
      const operand = x as Atom;
      const count = sizeOf(operand.type.shape);
      const grows = sizeOf((variable as Variable).type.shape) > count && count > 1;
      if (placement.uses(variable as Variable) > 1 || (grows && placement.costOf(operand) > 2)) placement.placeBase(operand);
      const sources = lower.sources(params, operand.type.shape);
      return placement.defer(equation, sources.every((s) => s.axis < 0), 0);
    }
    case "reshape": {
      const operand = x as Atom;
      if (placement.uses(variable as Variable) > 1) placement.placeBase(operand);
      if (!placement.isLinear(operand) && mergedAxes(operand.type.shape, (variable as Variable).type.shape) === undefined) placement.bufferOf(operand);
      return placement.defer(equation, placement.isLinear(operand), 0);
    }
    case "reduction":
      return placement.placeReduction(equation, lower.axes(params));
    case "barrier":
      return placement.placeBarrier(equation);
    case "contraction":
      if (isFloat((x as Atom).type.dtype)) return placement.placeContraction(equation, lower.axes(params));
  }
  if (!special(equation)) host(equation);
}
