// with --enable-source-maps the library's own frames are those of its sources
import { readFileSync } from "node:fs";
import { add, zeros } from "chainrule";

try {
  add(zeros([2]), zeros([3]));
} catch (error) {
  const [, file, line, column] = error.stack.match(/at .*?\(?(?:file:\/\/)?(\/?[^()]*[\\/]src[\\/]core[\\/]shape\.ts):(\d+):(\d+)/) ?? [];
  if (file === undefined) throw new Error(`no frame of src: ${error.stack}`);
  const there = readFileSync(file, "utf8").split("\n")[line - 1].slice(column - 1);
  if (!there.startsWith("new ShapeError(")) throw new Error(`${file}:${line}:${column} is ${there}`);
}
