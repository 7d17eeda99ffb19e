/** Whether V8 joins pairs of adjacent 128-bit operations into 256-bit ones here, and does it right. Tried once, when first asked. */
import { faultOfWide } from "./self-test.ts";
import { isX64, noSwitches } from "./v8-flags.ts";

/** True, or why not. `force` takes it even where it is no faster. */
export function canRevectorize(force: boolean): true | string {
  if (noSwitches !== undefined) return noSwitches;
  if (!isX64) return "only x64 processors";
  return faultOfWide(force) ?? true;
}
