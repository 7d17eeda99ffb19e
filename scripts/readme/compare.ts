/**
 * Compares what a document promises with what its example did. White space does not matter, and a number is right when it
 * rounds to the digits that are written: `0.54` promises 0.5403, but not 0.55. A whole number is exact, up to float32's rounding.
 */

const number = /-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?/gi;

/** null where one of the texts keeps the promise, else the first text beside what was promised. */
export function difference(promised: string, actual: readonly string[]): string | null {
  if (actual.some((text) => keeps(promised, text))) return null;
  return `promised:\n${indent(promised)}\ngot:\n${indent(actual[0] ?? "")}`;
}

function keeps(promised: string, actual: string): boolean {
  const wanted = promised.match(number) ?? [], found = actual.match(number) ?? [];
  const words = (text: string): string => text.replaceAll(number, "#").replaceAll(/\s+/g, "").replaceAll(/,(?=[\]}])/g, "");
  return words(promised) === words(actual) && wanted.every((text, index) => rounds(Number(found[index]), text));
}

function rounds(actual: number, written: string): boolean {
  const wanted = Number(written);
  const [mantissa = "", exponent = "0"] = written.toLowerCase().split("e");
  const decimals = mantissa.split(".")[1]?.length;
  const slack = decimals === undefined ? 0 : 0.5 * 10 ** (Number(exponent) - decimals);
  return Object.is(actual, wanted) || Math.abs(actual - wanted) <= slack + 1e-6 * Math.abs(wanted);
}

const indent = (text: string): string => text.trimEnd().replaceAll(/^/gm, "  ");
