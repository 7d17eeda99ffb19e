/**
 * The rewrite of one file: operators in traced functions become calls of the runtime (`runtime.ts`), which keep JavaScript's
 * meaning unless an operand is an array. Everything here looks at syntax only; no types are needed.
 */
import type { Node } from "oxc-parser";
import { Edits } from "./edits.ts";
import { rewriteAssignment, rewriteUpdate } from "./assignments.ts";
import { rewriteAnswer, rewriteCall } from "./calls.ts";
import { rewriteReturn, rewriteStatement } from "./control.ts";
import { findWarnings, type Warning } from "./lint.ts";
import { rewriteChain, rewriteMember, rewriteNew } from "./members.ts";
import { rewriteBinary, rewriteConditional, rewriteLogical, rewriteSwitch, rewriteUnary } from "./operators.ts";
import { cleanName, parse, type ModuleKind } from "./parse.ts";
import type { Pass } from "./pass.ts";
import { findPlain } from "./plain.ts";
import { findHostFunctions, findRegions, type RegionOptions } from "./regions.ts";
import { findScopes, type Scopes } from "./scope.ts";
import type { SourceMap } from "./source-map.ts";
import { findStatements } from "./statements.ts";
import { Temporaries, topOfProgram } from "./temporaries.ts";
import { endOfDirectives, flatten, type Tree } from "./tree.ts";

export type { Warning } from "./lint.ts";

export interface RewriteOptions extends RegionOptions {
  /** What the rewritten file imports its operators from. */
  readonly runtime?: string;
  /** How the file will be run; told from its name and its text where it is absent. */
  readonly sourceType?: ModuleKind | undefined;
}

export interface Rewritten {
  readonly code: string;
  /** Null where nothing was rewritten and there are only warnings. */
  readonly map: SourceMap | null;
  readonly warnings: readonly Warning[];
}

/** Whether a file can hold anything to rewrite: a search of its text, before it is parsed. */
export function mayNeedRewrite(code: string, options: RewriteOptions = {}): boolean {
  return options.include === "all" || code.includes("use trace") || code.includes("chainrule") || (options.imports ?? []).some((name) => code.includes(name));
}

/** The rewritten file, or null where there is nothing to rewrite and nothing to say. */
export function rewrite(code: string, filename: string, options: RewriteOptions = {}): Rewritten | null {
  if (!mayNeedRewrite(code, options)) return null;
  const program = parse(filename, code, options.sourceType);
  if (program === null) return null;
  const tree = flatten(code, program);
  const scopes = findScopes(tree);
  const regions = findRegions(tree, scopes, options);
  const known = findPlain(tree, scopes);
  const statements = regions === null ? null : findStatements(tree, scopes, known, regions, findHostFunctions(tree, scopes, options));
  const warnings = findWarnings(tree, scopes, regions, statements);
  if (regions === null || statements === null) return warnings.length === 0 ? null : { code, map: null, warnings };

  const edits = new Edits(code);
  const pass: Pass = {
    code, tree, scopes, edits, known, statements,
    conditions: new Map(),
    frames: new Map(),
    returning: new Map(),
    temporaries: new Temporaries(tree, edits, unusedName(code, "$t")),
    op: unusedName(code, "$op"),
    done: new Set(),
  };
  tree.nodes.forEach((_, position) => {
    pass.temporaries.enter(position, regions[position] as boolean);
    if (regions[position]) rewriteNode(pass, position);
  });
  pass.temporaries.finish();
  const source = JSON.stringify(options.runtime ?? "chainrule/syntax-runtime");
  const required = (options.sourceType ?? moduleKind(tree, scopes, filename)) === "commonjs";
  addHeader(tree, edits, required ? `const ${pass.op} = require(${source});` : `import * as ${pass.op} from ${source};`);
  return { ...edits.render(filename), warnings };
}

function rewriteNode(pass: Pass, position: number): void {
  const node = pass.tree.nodes[position] as Node;
  rewriteAnswer(pass, node, position);
  switch (node.type) {
    case "BinaryExpression": return rewriteBinary(pass, node);
    case "UnaryExpression": return rewriteUnary(pass, node);
    case "ConditionalExpression": return rewriteConditional(pass, node, position);
    case "LogicalExpression": return rewriteLogical(pass, node, position);
    case "AssignmentExpression": return rewriteAssignment(pass, node, position);
    case "UpdateExpression": return rewriteUpdate(pass, node, position);
    case "IfStatement": case "WhileStatement": case "DoWhileStatement": case "ForStatement": return rewriteStatement(pass, node, position);
    case "ReturnStatement": return rewriteReturn(pass, node, position);
    case "SwitchStatement": return rewriteSwitch(pass, node);
    case "ChainExpression": return rewriteChain(pass, node, position);
    case "MemberExpression": return rewriteMember(pass, node);
    case "NewExpression": return rewriteNew(pass, node);
    case "CallExpression": return rewriteCall(pass, node);
    default:
  }
}

/** A name that begins like nothing in the file. */
function unusedName(code: string, name: string): string {
  let candidate = name;
  for (let i = 1; code.includes(candidate); i++) candidate = `${name}${i}_`;
  return candidate;
}

/** A file without `import` and `export` is CommonJS if it speaks of `require`, `module` or `exports`. */
function moduleKind(tree: Tree, scopes: Scopes, filename: string): ModuleKind {
  if (tree.program.sourceType === "module") return "module";
  if (/\.c[jt]s$/.test(cleanName(filename))) return "commonjs";
  const speaks = tree.nodes.some((node) =>
    node.type === "Identifier" && (node.name === "require" || node.name === "module" || node.name === "exports")
    && scopes.resolve(node.name, node) === undefined);
  return speaks ? "commonjs" : "module";
}

function addHeader(tree: Tree, edits: Edits, text: string): void {
  const end = endOfDirectives(tree.program.body);
  const separator = end < 0 ? "" : tree.code[end - 1] === ";" ? " " : "; ";
  edits.close(topOfProgram(tree.program), `${separator}${text}${end < 0 ? " " : ""}`);
}
