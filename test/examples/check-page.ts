/** What every page this example writes must satisfy: balanced tags, no reference to anything outside of it, no script, names for images. */
import { expect } from "vitest";

const VOID = new Set(["meta", "img", "br", "hr", "link", "input"]);

export function checkPage(html: string): void {
  expect(html.startsWith("<!doctype html>\n<html lang=\"en\">")).toBe(true);
  expect(html).toMatch(/<title>[^<]+<\/title>/);
  expect(unbalanced(html.replace(/<style>[^]*?<\/style>/, ""))).toEqual([]);
  expect(html).not.toMatch(/<(script|link|iframe|object|embed|base)\b/);
  expect(html).not.toMatch(/@import|url\(/);
  const references = [...html.matchAll(/\s(?:src|href|srcset|action|poster)="([^"]*)"/g)].map((match) => match[1] ?? "");
  expect(references.filter((to) => !to.startsWith("data:image/png;base64,"))).toEqual([]);
  for (const [image] of html.matchAll(/<img [^>]*>/g)) expect(image).toMatch(/ alt="[^"]+"/);
  for (const [drawing] of html.matchAll(/<svg [^>]*>/g)) expect(drawing).toMatch(/ role="img" aria-label="[^"]+"/);
  expect(html).not.toMatch(/undefined|\[object /);
}

/** Tags that are not closed in the order in which they were opened. */
function unbalanced(html: string): string[] {
  const open: string[] = [];
  for (const [, slash, name = "", attributes = ""] of html.matchAll(/<(\/?)([a-zA-Z][\w-]*)((?:"[^"]*"|[^>"])*)>/g)) {
    if (slash === "/") {
      if (open.pop() !== name) return [...open, `/${name}`];
    } else if (!VOID.has(name) && !attributes.endsWith("/")) open.push(name);
  }
  return open;
}
