/**
 * Headless Chromium: the suite and a network in training on pages with and without shared memory, on their main thread and in a worker, under
 * a strict content policy, and bundled by Vite. Whatever the console calls an error fails the test.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { build as viteBuild } from "vite";
import type { EngineReport } from "../../test/engines/check.ts";
import type { Outcome } from "../../test/engines/report-of-page.ts";
import { chromium as chromiumPath } from "../programs.ts";
import { eachItem, root, type Report } from "../stage.ts";
import { folder, thinBundle, wholeBundle } from "./bundle.ts";
import { faultOfReport } from "./expected.ts";
import { serve } from "./server.ts";

interface Visit {
  readonly name: string;
  readonly path: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Judges what the page leaves: null where it is right. `workers`: how many there were. */
  readonly fault: (value: never, workers: number) => string | null;
  /** Errors in the console that belong to the case. */
  readonly expected?: RegExp;
}

const limit = 180_000;

export async function inBrowser(report: Report): Promise<void> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) {
    report.skip("headless Chromium", "no chromium or google-chrome in PATH, and CHROMIUM_PATH names none");
    return;
  }
  await wholeBundle("test/engines/page.ts", "suite.js");
  await thinBundle("test/engines/training-page.ts", "training.js");
  await bundleWithVite();
  const server = await serve(folder, { dist: join(root, "dist"), vite: join(folder, "vite", "dist") });
  const browser = await chromium.launch({ executablePath });
  try {
    await eachItem(visits(), async (visit) => report.check(`Chromium ${browser.version().split(".")[0]}: ${visit.name}`, await faultOfVisit(browser, server.origin, visit)));
  } finally {
    await browser.close();
    server.close();
  }
}

function visits(): readonly Visit[] {
  const suite = (name: string, way: string, threads: number, running: number, more: object = {}): Visit => ({
    name: `the suite, ${name}`, path: `/${way}/suite.html`, options: { threads, ...more }, fault: (value: EngineReport) => faultOfReport(value, { level: "relaxed", threads: running }),
  });
  const training = (name: string, path: string, threads: boolean, options: object = {}): Visit => ({
    name: `training, ${name}`, path, options: { steps: 60, ...options },
    fault: ({ fault }: { readonly fault: string | null }, workers) => fault ?? ((workers > 0) === threads ? null : `${workers} workers of the library`),
  });
  return [
    suite("isolated", "isolated", 2, 2),
    suite("isolated, in a worker", "isolated", 2, 2, { inWorker: true }),
    suite("not isolated", "plain", 2, 1),
    training("isolated", "/isolated/training.html", true),
    training("isolated, in a worker", "/isolated/training.html", true, { inWorker: true }),
    training("not isolated", "/plain/training.html", false),
    training("not isolated, in a worker", "/plain/training.html", false, { inWorker: true }),
    { ...training("no workers from blobs, no eval", "/strict/training.html", false), expected: /Content Security Policy directive: "?'?worker-src/ },
    training("bundled by Vite", "/isolated/vite/index.html", true),
    training("bundled by Vite, in a worker", "/isolated/vite/index.html", true, { inWorker: true }),
  ];
}

async function faultOfVisit(browser: Browser, origin: string, { path, options, fault, expected }: Visit): Promise<string | null> {
  const page = await browser.newPage();
  const errors: string[] = [];
  const outcome = new Promise<Outcome>((resolve, reject) => {
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
      if (message.text().startsWith("outcome ")) resolve(JSON.parse(message.text().slice(8)) as Outcome);
    });
    setTimeout(() => reject(new Error(`no outcome within ${limit / 1000} seconds`)), limit).unref();
  });
  page.on("pageerror", (error) => void errors.push(String(error)));
  let workers = 0;
  page.on("worker", (worker) => void (worker.url().startsWith("blob:") && workers++));
  try {
    await page.goto(`${origin}${path}?${encodeURIComponent(JSON.stringify(options))}`);
    const { value, error } = await outcome;
    const unexpected = errors.filter((text) => expected?.test(text) !== true);
    if (expected !== undefined && unexpected.length === errors.length) return `the console should have complained of ${expected}`;
    const faults = [error, error === undefined ? fault(value as never, workers) : undefined, ...unexpected.map((text) => `console: ${text}`)].filter((f) => typeof f === "string");
    return faults.length === 0 ? null : faults.join("\n");
  } catch (error) {
    return [(error as Error).message, ...errors].join("\n");
  } finally {
    await page.close();
  }
}

/** A user's project: the page imports "chainrule" by name. */
async function bundleWithVite(): Promise<void> {
  const project = join(folder, "vite");
  mkdirSync(project, { recursive: true });
  writeFileSync(join(project, "index.html"), '<!doctype html><link rel="icon" href="data:,"><script type="module" src="./main.ts"></script>');
  const tests = "../../../test/engines";
  const imports = `import { report } from "${tests}/report-of-page.ts";\nimport { trainAndJudge } from "${tests}/training.ts";\n`;
  // whatever else lies in this package counts as free of effects: the calls must be here
  writeFileSync(join(project, "main.ts"), `${imports}await report(trainAndJudge, () => new Worker(new URL("./worker.ts", import.meta.url), { type: "module" }));\n`);
  writeFileSync(join(project, "worker.ts"), `${imports}await report(trainAndJudge);\n`);
  await viteBuild({ root: project, configFile: false, base: "./", logLevel: "error", build: { target: "es2024", chunkSizeWarningLimit: 4096 }, worker: { format: "es" } });
}
