/** How loops are typed: what their functions may hand on, and what comes out where all that went in was concrete. Nothing here exists at run time. */
import type { Concrete, Result, Tensor } from "../core/array-types.ts";
import type { TypedArray } from "../core/dtype.ts";

/** What the body may return where it took `T`: numbers stand for tensors, lists for tuples. */
export type Handed<T> = unknown extends T ? T
  : T extends number | boolean ? T | number | boolean
  : T extends readonly unknown[] ? readonly Handed<T[number]>[]
  : T extends object ? { readonly [K in keyof T]: Handed<T[K]> }
  : T;

/** Exactly a tensor. With `chainrule/operators` a number has all that a tensor has, so the types are asked whether they are the same one. */
type IsTensor<T> = (<G>() => G extends T ? 1 : 2) extends <G>() => G extends Tensor ? 1 : 2 ? true : false;

/** Whether there is a tensor in the tree. A list of tensors and numbers counts as one of numbers: TypeScript forgets the difference. */
type HasTensor<T> = unknown extends T ? false
  : [T] extends [null | undefined] ? false
  : IsTensor<T> extends true ? true
  : [T] extends [number | boolean | TypedArray] ? false
  : T extends readonly unknown[] ? (true extends { [K in keyof T]: HasTensor<T[K]> }[number] ? true : false)
  : T extends object ? (true extends { [K in keyof T]: HasTensor<T[K]> }[keyof T] ? true : false)
  : false;

/** `T` where a tensor is among the operands `I`, else its concrete form. */
export type Applied<I, T> = true extends HasTensor<I> ? T : Result<T>;

/** `I`, which must be what callers pass for `T`; nothing where `T` is not known from the function's own types. */
export type Passed<T, I> = I & NoInfer<unknown extends T ? never : Concrete<T>>;
/** The same for elements, which there may be none of. */
export type PassedElements<T, I> = I & NoInfer<Concrete<T> | null | undefined>;
