/** What the engine offers, found out once; `CHAINRULE_WASM` caps it: scalar, simd, relaxed, wide. */
import { ArgumentError } from "../../errors.ts";
import { ModuleBuilder } from "./assembler.ts";
import { canRevectorize } from "./revectorize.ts";
import type { Target } from "./target.ts";

export type Level = "scalar" | "simd" | "relaxed" | "wide";
const levels: readonly Level[] = ["scalar", "simd", "relaxed", "wide"];

interface Host {
  readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> };
  readonly Deno?: { readonly permissions: { querySync(permission: { readonly name: "env"; readonly variable: string }): { readonly state: string } } };
}

/** A variable of the environment; browsers have none, and Deno has those that the user allowed: it would ask, or throw. */
export function environment(name: string): string | undefined {
  const { process, Deno } = globalThis as Host;
  if (Deno !== undefined && Deno.permissions.querySync({ name: "env", variable: name }).state !== "granted") return undefined;
  const text = process?.env?.[name];
  return text === "" ? undefined : text;
}

export interface Features {
  readonly target: Target;
  /** Why there is not more, in words. */
  readonly reasons: readonly string[];
}

let found: Features | undefined;
let cap: Level | undefined;

/** Lowers, or with undefined restores, what later programs are compiled for. */
export function capFeatures(level: Level | undefined): void {
  cap = level;
  found = undefined;
}

export function features(): Features {
  return (found ??= detect(cap ?? requested()));
}

function requested(): Level | undefined {
  const text = environment("CHAINRULE_WASM");
  if (text === undefined) return undefined;
  if (!levels.includes(text as Level)) throw new ArgumentError(`CHAINRULE_WASM is ${JSON.stringify(text)}`, { hint: `known values: ${levels.join(", ")}` });
  return text as Level;
}

function detect(asked: Level | undefined): Features {
  const reasons: string[] = [];
  const most = levels.indexOf(asked ?? "wide");
  const has = (level: Level, test: () => boolean | string): boolean => {
    if (levels.indexOf(level) > most) {
      reasons.push(`${level}: not wanted (${cap === undefined ? "CHAINRULE_WASM" : "configure"})`);
      return false;
    }
    const outcome = test();
    if (outcome !== true) reasons.push(`${level}: ${outcome === false ? "this engine lacks it" : outcome}`);
    return outcome === true;
  };
  const simd = has("simd", () => validates((f) => f.op("v128.const", new Array<number>(16).fill(0)).op("f32x4.abs").op("drop")));
  const relaxed = simd && has("relaxed", () => validates((f) => [0, 1, 2].reduce((g) => g.op("v128.const", new Array<number>(16).fill(0)), f).op("f32x4.relaxed_madd").op("drop")));
  const wide = relaxed && has("wide", () => canRevectorize(asked === "wide"));
  return { target: { simd, relaxed, wide }, reasons };
}

function validates(body: (f: ReturnType<ModuleBuilder["function"]>) => unknown): boolean {
  const module = new ModuleBuilder();
  body(module.function("test", [], []));
  return WebAssembly.validate(module.encode());
}
