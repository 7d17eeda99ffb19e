/** RESULTS.md: a section for each part, each of one run and with the versions it was run with. What is not measured anew stays as it is. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { machine } from "./table.ts";

const file = join(import.meta.dirname, "RESULTS.md");
const intro = `# Results

Written by \`npm run bench\`, section by section: what stands in one table was measured in one run. [README.md](README.md) says how to read it.

Machine: ${machine()}.
`;

/** `measured`: by heading, the new text below it. `order`: the headings of all parts there are. */
export function writeResults(measured: ReadonlyMap<string, string>, order: readonly string[]): void {
  const old = existsSync(file) ? sectionsOf(readFileSync(file, "utf8")) : new Map<string, string>();
  const all = order.flatMap((heading) => {
    const text = measured.get(heading) ?? old.get(heading);
    return text === undefined ? [] : [`## ${heading}\n\n${text.trim()}\n`];
  });
  writeFileSync(file, [intro, ...all].join("\n"));
}

function sectionsOf(text: string): Map<string, string> {
  return new Map(text.split(/^## /m).slice(1).map((section) => {
    const end = section.indexOf("\n");
    return [section.slice(0, end), section.slice(end)];
  }));
}
