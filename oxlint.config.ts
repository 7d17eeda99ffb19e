/**
 * The lint rules. What matters most here is the direction of imports: `mayImport` is the picture of the layers in
 * docs/architecture.md, and everything not in it is an error. Import cycles are errors too, inside a layer as well.
 */
import type { OxlintConfig, OxlintOverride } from "oxlint";

type Layer = "core" | "ops" | "trace" | "transform" | "control" | "api" | "kernel" | "backends" | "syntax" | "cli";

/** What each folder of src/ may import besides itself and files straight under src/. */
const mayImport: Readonly<Record<Layer, readonly Layer[]>> = {
  core: [],
  ops: ["core"],
  transform: ["core", "ops"],
  control: ["core", "ops", "transform"],
  trace: ["core", "ops", "transform", "control", "backends"],
  kernel: ["core"],
  backends: ["core", "kernel"],
  api: ["core", "ops", "transform", "control", "trace", "kernel", "backends"],
  syntax: [],
  cli: ["backends"],
};
/** What `syntax` may still import from `core`: the contract between rewritten code and arrays. */
const operatorContract = "../core/operators.ts";

const layers = Object.keys(mayImport) as Layer[];

const facingOutward = [
  { regex: "(^|/)index\\.ts$", message: "Barrels face outward: import the file that declares it." },
  { regex: "^(\\.\\./)+operators\\.ts$", message: "The opt-in entry has global declarations; only users import it." },
  { regex: "^chainrule(/|$)", message: "Inside src/ import by relative path." },
];

function direction(layer: Layer): OxlintOverride {
  const closed = layers.filter((other) => other !== layer && !mayImport[layer].includes(other) && !(layer === "syntax" && other === "core"));
  const patterns: object[] = [
    // the command line is a user of the library: it takes the public names
    ...(layer === "cli" ? facingOutward.slice(1) : facingOutward),
    { regex: `^(\\.\\./)+(${closed.join("|")})/`, message: `src/${layer} must not import this layer: see oxlint.config.ts.` },
  ];
  if (layer === "syntax") {
    patterns.push({ group: ["../core/*", `!${operatorContract}`], message: `src/syntax knows ${operatorContract} of core and nothing else.` });
  }
  return { files: [`src/${layer}/**`], rules: { "no-restricted-imports": ["error", { patterns }] } };
}

const config: OxlintConfig = {
  plugins: ["eslint", "typescript", "unicorn", "oxc", "import"],
  categories: { correctness: "error" },
  ignorePatterns: ["dist", "out", ".cache", "coverage"],
  rules: {
    "import/no-cycle": "error",
    "no-var": "error",
    "prefer-const": "error",
    "eqeqeq": ["error", "always", { null: "ignore" }],
    "typescript/consistent-type-imports": "error",
    "oxc/no-const-enum": "error",
    // `0 * x` keeps the sign of a zero, and a NaN.
    "oxc/erasing-op": "off",
    // `new Array(n)` is how a list of a known length is made here.
    "unicorn/no-new-array": "off",
  },
  overrides: [
    {
      files: ["src/**"],
      rules: {
        "typescript/no-explicit-any": "error",
        "max-lines": ["error", { max: 500 }],
      },
    },
    { files: ["src/**/*.gen.ts"], rules: { "max-lines": "off" } },
    // It says what `==` means, and so has to use it.
    { files: ["src/syntax/runtime.ts"], rules: { eqeqeq: "off" } },
    ...layers.map(direction),
    {
      files: ["examples/**"],
      rules: {
        "no-restricted-imports": ["error", { patterns: [{ regex: "/src/", message: "An example uses the public API alone." }] }],
      },
    },
  ],
};

export default config;
