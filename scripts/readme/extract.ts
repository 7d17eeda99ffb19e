/**
 * Finds the examples of a Markdown document. Their code is padded with empty lines, so that a line of the example is
 * the same line of the document and every message points at the right place.
 */

export interface Example {
  readonly document: string;
  /** The line of the opening fence. */
  readonly line: number;
  /** A file name for the code, unique among all documents. */
  readonly file: string;
  readonly language: "ts" | "js";
  readonly mode: "run" | "no-run" | "skip";
  readonly code: string;
  /** All that the example prints, where the document shows it. */
  readonly prints: string | null;
}

interface Block {
  readonly line: number;
  readonly words: readonly string[];
  readonly body: readonly string[];
  /** Only empty lines stand between this block and the one before it. */
  readonly adjacent: boolean;
}

export function examplesOf(document: string, markdown: string): Example[] {
  const examples: Example[] = [];
  let previousIsExample = false;
  for (const { line, words, body, adjacent } of blocksOf(markdown)) {
    const [language, ...flags] = words;
    const last = examples.at(-1);
    const fail = (message: string): never => {
      throw new Error(`${document}:${line}: ${message}`);
    };
    if (language === "text" && adjacent && previousIsExample && last !== undefined) {
      examples[examples.length - 1] = { ...last, prints: `${last.prints ?? ""}${body.join("\n")}\n` };
      continue;
    }
    previousIsExample = language === "ts" || language === "js";
    if (language !== "ts" && language !== "js") continue;
    const unknown = flags.find((flag) => !["continue", "no-run", "skip"].includes(flag));
    if (unknown !== undefined) fail(`unknown word ${JSON.stringify(unknown)} after ${language}`);
    if (flags.includes("continue")) {
      if (last === undefined || last.language !== language) return fail("there is no example to continue");
      examples[examples.length - 1] = { ...last, code: last.code + padding(line - last.code.split("\n").length + 1) + source(body) };
      continue;
    }
    const mode = flags.includes("skip") ? "skip" : flags.includes("no-run") ? "no-run" : "run";
    const file = `${document.replaceAll("/", "-")}.${line}.${language === "ts" ? "ts" : "mjs"}`;
    examples.push({ document, line, file, language, mode, code: padding(line) + source(body), prints: null });
  }
  return examples;
}

const padding = (lines: number): string => "\n".repeat(lines);
const source = (body: readonly string[]): string => body.map((text) => `${text}\n`).join("");

function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: { line: number; fence: string; indent: number; words: string[]; body: string[]; adjacent: boolean } | null = null;
  let adjacent = false;
  for (const [index, text] of markdown.split(/\r?\n/).entries()) {
    if (open !== null) {
      if (text.trim() === open.fence) {
        blocks.push(open);
        open = null;
        adjacent = true;
      } else {
        open.body.push(text.slice(Math.min(open.indent, text.search(/\S|$/))));
      }
      continue;
    }
    const fence = /^( *)(`{3,})([^`]*)$/.exec(text);
    if (fence !== null) {
      const [, indent = "", ticks = "", info = ""] = fence;
      open = { line: index + 1, fence: ticks, indent: indent.length, words: info.trim().split(/\s+/), body: [], adjacent };
    } else if (text.trim() !== "") {
      adjacent = false;
    }
  }
  return blocks;
}
