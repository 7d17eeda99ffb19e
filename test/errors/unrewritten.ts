/** Functions that no door rewrites: nothing here names chainrule's functions or carries the directive. */
import type { Tensor } from "chainrule";

export const scale = (x: Tensor): number => x * 2 + 1;
export const branch = (x: Tensor): number => (x > 0 ? x : 0);
