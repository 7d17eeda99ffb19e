/**
 * The one door of every npm script: makes sure that the pinned packages are installed, then runs the job on the pinned Node.
 * Plain JavaScript without dependencies, because it starts on whatever Node (20 or newer) the machine has.
 *
 *   node scripts/run.mjs JOB [arguments of the job]
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const source = "--conditions=chainrule-source"; // "chainrule" means src/ here, never a forgotten dist/

/** What Node is given for each job. */
const jobs = {
  start: [source, "--import", "./src/syntax/register.ts", "examples/fashion-mnist/main.ts"],
  test: ["scripts/test.ts"],
  build: ["scripts/build.ts"],
  typecheck: ["scripts/test.ts", "typecheck"],
  lint: ["scripts/test.ts", "lint"],
  "test:unit": ["node_modules/vitest/vitest.mjs", "run"],
  "test:types": ["scripts/test.ts", "types"],
  "test:readme": ["scripts/test.ts", "readme"],
  "test:engines": ["scripts/test.ts", "engines"],
  "test:package": ["scripts/test.ts", "package"],
  golden: ["scripts/golden.ts"],
  accuracy: ["scripts/accuracy.ts"],
  fuzz: ["scripts/fuzz.ts"],
  bench: ["bench/run.ts"],
};

const [job, ...args] = process.argv.slice(2);
if (job === undefined || !Object.hasOwn(jobs, job)) {
  console.error(`usage: node scripts/run.mjs JOB [arguments]\njobs: ${Object.keys(jobs).join(", ")}`);
  process.exit(2);
}

const reason = whyInstall();
if (reason !== null) install(reason);

const node = join(root, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");
if (!existsSync(node)) {
  fail(`${node} is missing although the packages are installed.\nAre npm's install scripts turned off (npm config get ignore-scripts)?`);
}
process.on("SIGINT", () => {}); // the job gets it too, and says itself how it ends
const result = spawnSync(node, [...jobs[job], ...args], { cwd: root, stdio: "inherit" });
if (result.error !== undefined) fail(String(result.error));
process.exit(result.status ?? 1);

/** Why node_modules does not hold what the lock file names, or null when it does. */
function whyInstall() {
  const wanted = packagesOf("package-lock.json");
  if (!existsSync(join(root, "node_modules"))) return "node_modules is missing";
  const installed = packagesOf("node_modules/.package-lock.json");
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === "") continue;
    const found = installed[path]?.version;
    if (found === undefined && entry.optional) continue; // another platform's binary
    if (found !== entry.version) return `${path} is ${found ?? "missing"}, wanted ${entry.version}`;
  }
  return null;
}

function packagesOf(file) {
  const path = join(root, file);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).packages : {};
}

function install(why) {
  console.log(`installing packages (${why}) …`);
  const bin = join(root, "node_modules", ".bin");
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== bin).join(delimiter);
  // npm must not run on the Node that it is about to replace. Engine warnings are about the machine's Node, which runs nothing else.
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root, stdio: "inherit", shell: process.platform === "win32", env: { ...process.env, PATH: path },
  });
  if (npm.error !== undefined) fail(`npm could not be started: ${npm.error.message}`);
  if (npm.status !== 0) fail(`npm ci failed with exit code ${npm.status}; its own message stands above.`);
  const still = whyInstall();
  if (still !== null) fail(`npm ci succeeded, but ${still}.`);
}

function fail(message) {
  console.error(`\nscripts/run.mjs: ${message}`);
  process.exit(1);
}
