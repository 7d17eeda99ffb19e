// What depends on where the library itself lies: whose lines errors name, and how workers start.
import { configure, IndexError, matmul, ones, ShapeError, sum, traceFn } from "chainrule";

// errors name lines of this file, whether found while tracing or by a run
refused(() => traceFn((x) => x.add([1, 2]))([1, 2, 3]), ShapeError, /at .*lines\.js:5:/);
refused(() => traceFn((x, i) => x.get(i.astype("int32")))([1, 2, 3], 7), IndexError, /at .*lines\.js:6:/);

configure({ threads: 2 });
const total = traceFn((x) => sum(matmul(x, x)))(ones([512, 512])).item();
if (total !== 512 ** 3) throw new Error(`wanted ${512 ** 3}, got ${total}`);

function refused(call, type, text) {
  try {
    call();
  } catch (error) {
    if (error instanceof type && error.name === type.name && text.test(error.message)) return;
    throw new Error(`wanted a ${type.name} with ${text}`, { cause: error });
  }
  throw new Error(`wanted a ${type.name}`);
}
