/** The public names, and nothing else. */
import "./api/install.ts";

export * from "./errors.ts";
export type { Axis, At, Concrete, Ellipsis, IndexMode, IndexOptions, IndexPart, NDArray, NestedNumbers, Operand, ReduceOptions, Result, Slice, Tensor, TensorMethods, NDArrayMethods, VarianceOptions } from "./core/array-types.ts";
export type { DType } from "./core/dtype.ts";
export { registerTree } from "./core/tree.ts";
export { grad, hessian, hvp, jacfwd, jacrev, jvp, linearize, linearTranspose, traceFn, valueAndGrad, vjp, vmap } from "./api/transforms.ts";
export type { TraceableFn } from "./trace/traceable-fn.ts";
export type { ProgramView } from "./trace/program-view.ts";
export type { TraceOptions } from "./trace/arguments.ts";
export type { AxisTree, VmapOptions } from "./trace/vectorize.ts";
