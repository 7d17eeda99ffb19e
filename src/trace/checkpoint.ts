/** `checkpoint` as a function of trees: the function is recorded on its own, and the record becomes one operation. */
import { ArgumentError } from "../errors.ts";
import { describe } from "../core/shape.ts";
import { unflatten } from "../core/tree.ts";
import { bindCheckpoint } from "../control/checkpoint.ts";
import type { CheckpointPolicy } from "../control/policy.ts";
import { checkKeys, readCall } from "./arguments.ts";
import { traceFunction } from "./trace.ts";
import { derive } from "./traceable-fn.ts";

export interface CheckpointOptions {
  /** What is kept for the backward pass besides the arguments. Default: `checkpointPolicies.nothing`. */
  readonly policy?: CheckpointPolicy;
}

export function checkpointDoor(fn: unknown, options: CheckpointOptions): object {
  checkKeys(options, ["policy"], "checkpoint");
  const policy = checkPolicy(options.policy ?? { save: "nothing" }, "checkpoint: policy");
  return derive(fn, "checkpoint", { policy }, (plain, parameters, o, name) => (...args: readonly unknown[]) => {
    const { signature, leaves } = readCall(args, o, name);
    const { program, captured, structure } = traceFunction(plain, name, signature);
    return unflatten(structure, bindCheckpoint([...leaves, ...captured], { body: program, policy: parameters.policy }));
  });
}

const kinds: Readonly<Record<CheckpointPolicy["save"], readonly string[]>> = {
  everything: [], nothing: [], dots: [], dotsWithNoBatchDims: [], names: ["names"], everythingExcept: ["names"], any: ["of"],
};

/** The policy, if it is one. */
export function checkPolicy(policy: unknown, where: string): CheckpointPolicy {
  const given = policy as CheckpointPolicy;
  const fields = typeof policy === "object" && policy !== null && typeof given.save === "string" && Object.hasOwn(kinds, given.save) ? kinds[given.save] : undefined;
  if (fields === undefined) {
    throw new ArgumentError(`${where}: expected a policy, got ${describe(policy)}`, {
      hint: typeof policy === "function" ? 'call it: checkpointPolicies.names("a", "b")' : `policies: ${Object.keys(kinds).map((k) => `checkpointPolicies.${k}`).join(", ")}`,
    });
  }
  checkKeys(policy, ["save", ...fields], where);
  if (given.save === "names" || given.save === "everythingExcept") checkNames(given.names, `${where}: ${given.save}`);
  if (given.save === "any") {
    if (!Array.isArray(given.of)) throw new ArgumentError(`${where}: any takes policies, got ${describe(given.of)}`);
    given.of.forEach((each, i) => checkPolicy(each, `${where}: any: policy ${i}`));
  }
  return given;
}

export function checkNames(names: readonly unknown[], where: string): readonly string[] {
  if (Array.isArray(names) && names.length > 0 && names.every((n) => typeof n === "string" && n !== "")) return names;
  const listed = Array.isArray(names) && Array.isArray(names[0]);
  throw new ArgumentError(`${where}: names are texts, got ${Array.isArray(names) ? names.map(describe).join(", ") || "none" : describe(names)}`, {
    hint: listed ? `write them one after another: ${where}("a", "b")` : 'those given by checkpointName(x, "name")',
  });
}
