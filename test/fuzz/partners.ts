/** Values that fit another one: of the same type for elementwise operations, or shapes for new values. */
import type { DType } from "../../src/core/dtype.ts";
import { type Atom } from "../../src/core/program.ts";
import { range, sameShape, type Shape, sizeOf, without } from "../../src/core/shape.ts";
import { tensorType } from "../../src/core/type.ts";
import { convertPrimitive } from "../../src/ops/elementwise.ts";
import { reduceMaxPrimitive } from "../../src/ops/reduce.ts";
import { broadcastPrimitive, reduceSumPrimitive } from "../../src/ops/structure.ts";
import type { Builder } from "./builder.ts";

/** Where the axes of a shape can go in another one, in order; undefined where they do not fit. */
function axesInto(builder: Builder, from: Shape, to: Shape): number[] | undefined {
  const axes: number[] = [];
  let next = 0;
  for (const [i, length] of from.entries()) {
    const room = range(to.length - (from.length - i) - next + 1).map((k) => next + k).filter((d) => length === 1 || length === to[d]);
    if (room.length === 0) return undefined;
    const axis = builder.random.pick(room);
    axes.push(axis);
    next = axis + 1;
  }
  return axes;
}

/** `atom` repeated to a shape; undefined where it does not fit. */
export function repeat(builder: Builder, atom: Atom, shape: Shape): Atom | undefined {
  if (sameShape(atom.type.shape, shape)) return atom;
  const axes = axesInto(builder, atom.type.shape, shape);
  return axes && builder.apply(broadcastPrimitive, [atom], { shape, axes });
}

/** The atom as another dtype. */
export function as(builder: Builder, atom: Atom, dtype: DType): Atom | undefined {
  return atom.type.dtype === dtype ? atom : builder.apply(convertPrimitive, [atom], { dtype });
}

/** A value of this type: found, made of another one, or new. */
export function valueOfType(builder: Builder, dtype: DType, shape: Shape, like?: Atom): Atom {
  const { random } = builder;
  const found = ((): Atom | undefined => {
    switch (random.weighted([6, 3, 3, like === undefined ? 0 : 2, 2, 1])) {
      case 0:
        return builder.ofType(tensorType(dtype, shape));
      case 1: {
        const smaller = builder.find((t) => t.dtype === dtype && t.shape.length <= shape.length && sizeOf(t.shape) < sizeOf(shape));
        return smaller && repeat(builder, smaller, shape);
      }
      case 2: {
        const other = builder.ofShape(shape);
        return other && as(builder, other, dtype);
      }
      case 3:
        return spreadReduction(builder, like as Atom, dtype);
      case 4:
        return builder.constant(dtype, shape);
      default:
        return undefined;
    }
  })();
  return found ?? builder.ofType(tensorType(dtype, shape)) ?? builder.fresh(dtype, shape);
}

/** The sum or maximum along some axes, laid beside each element it came from. */
export function spreadReduction(builder: Builder, atom: Atom, dtype: DType): Atom | undefined {
  const { shape } = atom.type;
  const axes = builder.random.some(range(shape.length));
  const primitive = builder.random.chance(0.5) ? reduceSumPrimitive : reduceMaxPrimitive;
  const reduced = builder.apply(primitive, [atom], { axes });
  const spread = reduced && builder.apply(broadcastPrimitive, [reduced], { shape, axes: without(range(shape.length), axes) });
  return spread && as(builder, spread, dtype);
}
