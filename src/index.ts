/** The public names, and nothing else. */
import "./api/install.ts";

export {
  ArgumentError,
  ChainruleError,
  ConcretizationError,
  DifferentiationError,
  DTypeError,
  GradientMismatchError,
  IndexError,
  InternalError,
  LeakedTensorError,
  NaNError,
  ShapeError,
  TreeError,
  UnsupportedError,
} from "./errors.ts";

export type {
  ArrayInput,
  At,
  Axis,
  Concrete,
  Ellipsis,
  IndexMode,
  IndexOptions,
  IndexPart,
  NDArray,
  NDArrayMethods,
  NdarrayView,
  NestedNumbers,
  Operand,
  ReduceOptions,
  Result,
  Slice,
  Tensor,
  TensorMethods,
  VarianceOptions,
} from "./core/array-types.ts";
export type { DType, TypedArray } from "./core/dtype.ts";
export { registerTree } from "./core/tree.ts";
export type { StridedLike } from "./core/tree.ts";

export type { AlphaOptions, GeluOptions, LeakyReluOptions } from "./api/activations.ts";
export type { ArrayFunction, ReduceFunction } from "./api/axis.ts";
export type { AllGatherOptions, AxisNames } from "./api/collectives.ts";
export type { CheckpointFn, CheckpointOptions, CheckpointPolicies, CheckpointPolicy } from "./api/checkpoint.ts";
export type { CloseOptions } from "./api/compare-arrays.ts";
export type { DTypeOptions, LikeOptions, NestedArrays, NestedOperands, OneHotOptions } from "./api/creation.ts";
export type { CumulativeOptions, DiffOptions } from "./api/cumulative.ts";
export type { DiagonalOptions } from "./api/diagonal.ts";
export type { WindowOptions } from "./api/dynamic-slice.ts";
export type { SliceBounds } from "./api/indexing.ts";
export type { ContractionAxes, CrossOptions, TensordotAxes, TensordotOptions } from "./api/linear.ts";
export type { BinaryFunction, UnaryFunction } from "./api/operand.ts";
export type { AssociativeScanOptions, MapOptions } from "./api/map.ts";
export type { PadMode, PadOptions, PadWidths } from "./api/pad.ts";
export type { LinspaceOptions, LogspaceOptions, MeshgridOptions } from "./api/ranges.ts";
export type { PositionOptions } from "./api/reduce.ts";
export type { ScanMemory, ScanOptions } from "./api/scan.ts";
export type { SearchOptions } from "./api/search.ts";
export type { NanToNumOptions } from "./api/select.ts";
export type { ShapeArgument } from "./api/shape.ts";
export type { AverageOptions, NormOptions } from "./api/statistics.ts";
export type { AlongOptions, TakeOptions } from "./api/take.ts";
export type { DiagonalBandOptions } from "./api/triangular.ts";
export type { GradOptions } from "./trace/traceable-fn.ts";

export { callback } from "./api/callback.ts";
export type { ArraySpec, CallbackOptions, ResultSpec, SpecResult } from "./api/callback.ts";
export { debug } from "./api/debug.ts";
export type { Debug } from "./api/debug.ts";
export { customJvp, customVjp, customVmap, defineRule } from "./api/custom-rules.ts";
export type { BatchedOf, CotangentsOf, CustomFunction, CustomJvp, CustomVjp, CustomVmap, JvpFunction, NondiffOptions, OrZero, RuleOptions, Rules, TangentOf, TransposeFunction, VjpFunctions, VmapFunction, ZerosSeen } from "./api/custom-rules.ts";
export { configure } from "./api/configure.ts";
export type { Configuration } from "./api/configure.ts";
export type { ForiOptions, WhileMemory, WhileOptions } from "./api/while-loop.ts";
export { explainRecompile } from "./trace/explain-recompile.ts";

export { checkGrads, grad, hessian, hvp, jacfwd, jacrev, jvp, linearize, linearTranspose, traceFn, valueAndGrad, vjp, vmap } from "./api/transforms.ts";
export { profile } from "./trace/profile.ts";
export type { Profile, ProfileRow } from "./trace/profile.ts";
export type { KernelRun } from "./backends/profiling.ts";
export type { CheckGradsOptions } from "./trace/check-grads.ts";
export type { TraceOptions } from "./trace/arguments.ts";
export type { TraceableFn } from "./trace/traceable-fn.ts";
export type { ProgramView } from "./trace/program-view.ts";
export type { AxisTree, VmapOptions } from "./trace/vectorize.ts";

export { celu, elu, gelu, hardSigmoid, hardSilu, hardTanh, leakyRelu, logSigmoid, mish, relu, relu6, selu, sigmoid, silu, softplus, softSign } from "./api/activations.ts";
export { abs, add, copysign, div, floorDivide, fmax, fmin, fmod, hypot, maximum, minimum, mod, mul, neg, pow, reciprocal, remainder, sign, square, sub } from "./api/arithmetic.ts";
export { at } from "./api/at.ts";
export { bitwiseAnd, bitwiseNot, bitwiseOr, bitwiseXor, clz32, imul, leftShift, populationCount, rightShift, rightShiftLogical } from "./api/bitwise.ts";
export { checkpoint, checkpointName, checkpointPolicies } from "./api/checkpoint.ts";
export { allGather, axisIndex, axisSize, pmax, pmean, pmin, psum } from "./api/collectives.ts";
export { equal, greater, greaterEqual, isFinite, isInf, isNaN, less, lessEqual, logicalAnd, logicalNot, logicalOr, logicalXor, notEqual } from "./api/compare.ts";
export { cond, switchCase } from "./api/cond.ts";
export { astype, bool, copy, float32, float64, int32, stopGradient, uint32 } from "./api/convert.ts";
export { cumlogsumexp, cummax, cummin, cumprod, cumsum, diff } from "./api/cumulative.ts";
export { diag, diagonal, trace } from "./api/diagonal.ts";
export { dynamicSlice, dynamicUpdateSlice } from "./api/dynamic-slice.ts";
export { einsum } from "./api/einsum.ts";
export { cbrt, exp, exp2, expm1, log, log10, log1p, log2, logaddexp, rsqrt, sqrt } from "./api/exponential.ts";
export { ellipsis, index, newaxis, slice } from "./api/indexing.ts";
export { columnStack, concatenate, dstack, flip, hstack, repeat, roll, rot90, split, stack, tile, vstack } from "./api/join.ts";
export { cross, dot, dotGeneral, inner, kron, matmul, outer, tensordot, vdot } from "./api/linear.ts";
export { associativeScan, map } from "./api/map.ts";
export { pad } from "./api/pad.ts";
export { all, any, argmax, argmin, countNonzero, max, min, nanMax, nanMin, prod, ptp, sum } from "./api/reduce.ts";
export { scan } from "./api/scan.ts";
export { nonzero, searchsorted } from "./api/search.ts";
export { ceil, floor, nextAfter, round, roundHalfUp, trunc } from "./api/rounding.ts";
export { allClose, arrayEqual, isClose } from "./api/compare-arrays.ts";
export { array, empty, emptyLike, full, fullLike, oneHot, ones, onesLike, zeros, zerosLike } from "./api/creation.ts";
export { arange, geomspace, indices, linspace, logspace, meshgrid } from "./api/ranges.ts";
export { eye, identity, tri, tril, triu } from "./api/triangular.ts";
export { clip, nanToNum, select, where } from "./api/select.ts";
export { broadcastArrays, broadcastTo, expandDims, moveaxis, ravel, reshape, squeeze, swapaxes, transpose } from "./api/shape.ts";
export { digamma, entr, erf, erfc, erfInv, lgamma, logit, polygamma, xlog1py, xlogy } from "./api/special.ts";
export { average, logSoftmax, logsumexp, mean, nanMean, nanSum, norm, softmax, std, variance } from "./api/statistics.ts";
export { putAlongAxis, take, takeAlongAxis } from "./api/take.ts";
export { treeLeaves, treeMap, treePaths } from "./api/tree.ts";
export { acos, acosh, asin, asinh, atan, atan2, atanh, cos, cosh, deg2rad, rad2deg, sin, sinc, sinh, tan, tanh } from "./api/trigonometric.ts";
export { foriLoop, whileLoop } from "./api/while-loop.ts";
