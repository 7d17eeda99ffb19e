/**
 * Builds the expression of a value at the points of a kernel's loops, through the virtual values it is made of down to loads. Works with a
 * list of its own instead of recursion: a chain of operations may be as long as the program.
 */
import { InternalError } from "../../errors.ts";
import type { ConcreteArray } from "../../core/concrete.ts";
import { type Atom, type Equation, isVariable, type Variable } from "../../core/program.ts";
import { otherAxes } from "../../core/indexing.ts";
import { range, sizeOf, stridesOf } from "../../core/shape.ts";
import type { Access, Buffer, Expression, Load } from "../ir.ts";
import { type Affine, type PointMap, positionOf, sameMap } from "./affine.ts";
import type { Home } from "./groups.ts";
import { both, isInside, position } from "./indexing.ts";
import { operandInBox } from "./cuts.ts";
import { type OperandAt, operandsAt } from "./operands.ts";

/** One loop of a kernel: `step` points along an axis of the loop space at a time. */
export interface Loop {
  readonly axis: number;
  readonly step: number;
}

/** How the points of a loop space are gone through: the loops, outermost first, and where along each axis they begin. */
export interface Loops {
  readonly rank: number;
  readonly loops: readonly Loop[];
  readonly start: readonly number[];
  /** How many points of each axis there are, where an assembly may have to be read. */
  readonly lengths?: readonly number[];
}

export function loopsOver(axes: readonly number[], rank: number): Loops {
  return { rank, loops: axes.map((axis) => ({ axis, step: 1 })), start: new Array<number>(rank).fill(0) };
}

/** An affine function of the space as one of the loops. */
export function alongLoops({ offset, strides }: Affine, { loops, start }: Loops): Affine {
  return {
    offset: start.reduce((sum, s, d) => sum + s * (strides[d] as number), offset),
    strides: loops.map(({ axis, step }) => step * (strides[axis] as number)),
  };
}

/** What a variable is at a point: an expression, or what computes it, with the map to use. */
export type Resolved = { readonly expression: Expression } | { readonly equation: Equation; readonly map: PointMap };

export interface Surroundings {
  readonly loops: Loops;
  home(variable: Variable): Home;
  /** A value of the group that is being built; undefined where it is to be loaded from its buffer. */
  resolve(variable: Variable, map: PointMap): Resolved | undefined;
  constant(array: ConcreteArray): Buffer;
}

interface Built {
  readonly map: PointMap;
  readonly expression: Expression;
}

export class ExpressionBuilder {
  readonly #around: Surroundings;
  readonly #built: Map<Atom, Built[]> = new Map();
  readonly #pieces: Map<Equation, { readonly map: PointMap; readonly piece: OperandAt }[]> = new Map();
  constructor(around: Surroundings) {
    this.#around = around;
  }

  get #rank(): number {
    return this.#around.loops.rank;
  }

  #find(atom: Atom, map: PointMap): Expression | undefined {
    const list = this.#built.get(atom);
    return list?.find((b) => b.map === map || sameMap(b.map, map, atom.type.shape, this.#rank))?.expression;
  }

  #add(atom: Atom, map: PointMap, expression: Expression): Expression {
    const list = this.#built.get(atom);
    const entry = { map, expression };
    if (list) list.push(entry);
    else this.#built.set(atom, [entry]);
    return expression;
  }

  access(buffer: Buffer, at: Affine): Access {
    return { buffer, ...alongLoops(at, this.#around.loops) };
  }

  load(buffer: Buffer, at: Affine): Load {
    return { kind: "load", dtype: buffer.dtype, access: this.access(buffer, at), terms: [] };
  }

  build(root: Atom, rootMap: PointMap): Expression {
    const stack: { readonly atom: Atom; readonly map: PointMap; resolved?: Resolved }[] = [{ atom: root, map: rootMap }];
    for (let top = stack[stack.length - 1]; top !== undefined; top = stack[stack.length - 1]) {
      const { atom, map } = top;
      if (top.resolved === undefined && this.#find(atom, map) !== undefined) {
        stack.pop();
        continue;
      }
      const resolved = (top.resolved ??= this.#resolve(atom, map));
      if ("expression" in resolved) {
        this.#add(atom, map, resolved.expression);
        stack.pop();
        continue;
      }
      const operands = this.#operands(resolved.equation, resolved.map);
      const missing = operands.filter((o) => this.#find(o.atom, o.map) === undefined);
      if (missing.length > 0) {
        stack.push(...missing);
        continue;
      }
      const values = operands.map((o) => this.#find(o.atom, o.map) as Expression);
      this.#add(atom, map, this.#apply(resolved.equation, resolved.map, values));
      stack.pop();
    }
    return this.#find(root, rootMap) as Expression;
  }

  #operands(equation: Equation, map: PointMap): { readonly atom: Atom; readonly map: PointMap }[] {
    if (equation.primitive.lower.form === "assembly") return [this.#piece(equation, map)];
    const operands = operandsAt(equation, map, this.#rank);
    if (operands === undefined) throw new InternalError(`lowering: ${equation.primitive.name} cannot be computed element by element`);
    return equation.primitive.lower.form === "gather" ? operands.slice(0, -1) : operands;
  }

  #piece(equation: Equation, map: PointMap): { readonly atom: Atom; readonly map: PointMap } {
    const known = this.#pieces.get(equation)?.find((p) => p.map === map);
    if (known !== undefined) return known.piece;
    const { start, lengths } = this.#around.loops;
    if (lengths === undefined) throw new InternalError(`lowering: ${equation.primitive.name} is read where it has not been put together`);
    const piece = operandInBox(equation, map, { start, lengths });
    const list = this.#pieces.get(equation);
    if (list) list.push({ map, piece });
    else this.#pieces.set(equation, [{ map, piece }]);
    return piece;
  }

  #resolve(atom: Atom, map: PointMap): Resolved {
    if (!isVariable(atom)) return { expression: this.#constant(atom, map) };
    const own = this.#around.resolve(atom, map);
    if (own !== undefined) return own;
    const home = this.#around.home(atom);
    if (home.kind === "virtual") return { equation: home.equation, map };
    const buffer = home.kind === "buffer" ? home.buffer : home.member.buffer;
    if (buffer === undefined) throw new InternalError("lowering: a value that another kernel needs was not kept");
    return { expression: this.load(buffer, positionOf(map, atom.type.shape, this.#rank)) };
  }

  #constant(array: ConcreteArray, map: PointMap): Expression {
    const { dtype, shape } = array.type;
    const value = array.splat ?? (sizeOf(shape) === 1 ? (array.elements[0] as number) : undefined);
    if (value !== undefined) return { kind: "constant", dtype, value };
    return this.load(this.#around.constant(array), positionOf(map, shape, this.#rank));
  }

  #apply(equation: Equation, map: PointMap, values: readonly Expression[]): Expression {
    const { primitive, inputs, params, outputs } = equation;
    const { lower } = primitive;
    const { type } = outputs[0] as Variable;
    switch (lower.form) {
      case "elementwise":
        return { kind: "apply", dtype: type.dtype, instruction: lower.instruction((inputs[inputs.length - 1] as Atom).type.dtype, params), operands: values };
      case "view":
      case "reshape":
      case "assembly":
        return values[0] as Expression;
      case "index": {
        const at = map.kind === "linear" ? map.position : (map.axes[lower.axis(params)] as Affine);
        return { kind: "index", dtype: type.dtype, ...alongLoops(at, this.#around.loops) };
      }
      case "gather":
        return this.#gather(equation, map as PointMap & { kind: "axes" }, values);
      default:
        throw new InternalError(`lowering: ${primitive.name} has no expression`);
    }
  }

  #gather({ primitive, inputs, params }: Equation, { axes: at }: PointMap & { kind: "axes" }, indices: readonly Expression[]): Expression {
    if (primitive.lower.form !== "gather") throw new InternalError("not a gather");
    const indexing = primitive.lower.indexing(params);
    const [x, list] = inputs as readonly [Atom, Atom];
    const { shape, dtype } = x.type;
    const strides = stridesOf(shape);
    const places = list.type.shape.length - 1;
    const others = otherAxes(shape.length, indexing);
    const fixed: Affine[] = [...at.slice(0, indexing.batch), ...at.slice(places)];
    const axes = [...range(indexing.batch), ...others];
    let start: Affine = { offset: 0, strides: new Array<number>(this.#rank).fill(0) };
    fixed.forEach((f, i) => {
      const s = strides[axes[i] as number] as number;
      start = { offset: start.offset + s * f.offset, strides: start.strides.map((t, d) => t + s * (f.strides[d] as number)) };
    });
    const terms = indexing.axes.map((axis, c) => ({ index: position(indices[c] as Expression, shape[axis] as number, indexing.mode), stride: strides[axis] as number }));
    const buffer = this.#bufferOf(x);
    const load: Load = { kind: "load", dtype, access: this.access(buffer, start), terms };
    if (indexing.mode !== "fill") return load;
    let inside: Expression | undefined;
    indexing.axes.forEach((axis, c) => {
      inside = both(inside, isInside(indices[c] as Expression, shape[axis] as number));
    });
    if (inside === undefined) return load;
    const fill: Expression = { kind: "constant", dtype, value: indexing.fillValue as number };
    return { kind: "apply", dtype, instruction: "select", operands: [inside, load, fill] };
  }

  #bufferOf(atom: Atom): Buffer {
    if (!isVariable(atom)) return this.#around.constant(atom);
    const home = this.#around.home(atom);
    const buffer = home.kind === "buffer" ? home.buffer : home.kind === "member" ? home.member.buffer : undefined;
    if (buffer === undefined) throw new InternalError("lowering: a gathered value does not lie in memory");
    return buffer;
  }
}
