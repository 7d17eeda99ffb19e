/** Functions that no door rewrites: nothing here names chainrule's functions or carries the directive. */
import type { Tensor } from "chainrule";

export const scale = (x: Tensor): number => x * 2 + 1;
export const branch = (x: Tensor): number => (x > 0 ? x : 0);
export const increment = (x: Tensor): void => {
  (x as unknown as number[])[0] = 9;
};
export const addOne = (x: Tensor): unknown => x + 1;
export const firstOf = ([first]: Tensor): Tensor => first as Tensor;
