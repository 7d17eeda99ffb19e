/**
 * Where the values of a program are while it is placed: in a buffer, computed by a group, or virtual, and then what they are made of. Questions
 * about that; what becomes of a value is decided in placement.ts.
 */
import { costOf } from "../../core/cost.ts";
import { type Atom, type Equation, isVariable, type Variable } from "../../core/program.ts";
import { type PointMap, sameMap } from "./affine.ts";
import type { ContractionGroup, Home, LoopGroup, Member } from "./groups.ts";
import { operandsAt } from "./operands.ts";

export class Homes {
  readonly #homes: Map<Variable, Home> = new Map();
  readonly #uses: Map<Variable, number> = new Map();
  readonly #deferred: Map<Variable, Home> = new Map();

  constructor(equations: readonly Equation[]) {
    for (const { inputs } of equations) for (const atom of new Set(inputs)) if (isVariable(atom)) this.#uses.set(atom, this.uses(atom) + 1);
  }

  uses(variable: Variable): number {
    return this.#uses.get(variable) ?? 0;
  }

  home(variable: Variable): Home {
    return this.#homes.get(variable) as Home;
  }

  protected setHome(variable: Variable, home: Home): void {
    this.#homes.set(variable, home);
  }

  /** It stays virtual for groups before the one in which it may find a place; see `homeFor`. */
  protected setVirtual(variable: Variable, home: Home): void {
    this.#homes.set(variable, home);
    this.#deferred.set(variable, home);
  }

  /**
   * The home as a group sees it. A value is still virtual where it found its place in a later group, in an earlier one after this one had
   * already been told to compute it, or in the memory that this very group writes.
   */
  homeFor(variable: Variable, group: number): Home {
    const home = this.home(variable);
    const { index, buffer } = home.kind === "member" ? { index: home.member.group.index, buffer: home.member.buffer } : { index: -1, buffer: undefined };
    const late = home.kind === "buffer" ? home.after >= group : index > group || (index < group && buffer === undefined);
    return late ? (this.#deferred.get(variable) ?? home) : home;
  }

  /** Whether an element can be found by its row-major position alone. */
  isLinear(atom: Atom): boolean {
    const home = isVariable(atom) ? this.home(atom) : undefined;
    return home?.kind !== "virtual" || home.linear;
  }

  /** The most work that computing one element takes anew. */
  costOf(atom: Atom): number {
    let cost = 0;
    this.walk([atom], (home) => {
      if (home.kind === "virtual") cost += home.cost;
    });
    return cost;
  }

  /** Whether nothing has to be computed for these values. */
  isThere(atoms: readonly Atom[]): boolean {
    return atoms.every((atom) => this.costOf(atom) === 0);
  }

  /** The most work for one element of a value that a group computes. */
  costBelow({ equation, group }: Member): number {
    let cost = 0;
    const count = (of: Equation): void => {
      const { lower } = of.primitive;
      if (lower.form === "elementwise") cost += costOf(lower.instruction((of.inputs[of.inputs.length - 1] as Atom).type.dtype, of.params));
    };
    count(equation);
    const stack: Equation[] = [equation];
    const seen = new Set<Equation>();
    for (let of = stack.pop(); of !== undefined; of = stack.pop()) {
      this.walk(of.inputs, (home) => {
        if (home.kind === "virtual") cost += home.cost;
        if (home.kind !== "member" || home.member.group !== group || home.member.level === "outer" || home.member.buffer !== undefined || seen.has(home.member.equation)) return;
        seen.add(home.member.equation);
        count(home.member.equation);
        stack.push(home.member.equation);
      });
    }
    return cost;
  }

  /** The index of the group that has to run before a value that is not virtual is there; −1: none has. */
  protected groupBehind(atom: Atom): number {
    const home = isVariable(atom) ? this.home(atom) : undefined;
    return home === undefined || home.kind === "virtual" ? -1 : home.kind === "buffer" ? home.after : home.member.group.index;
  }

  protected hasAssembly(atom: Atom): boolean {
    let found = false;
    this.walk([atom], (home) => {
      found ||= home.kind === "virtual" && home.equation.primitive.lower.form === "assembly";
    });
    return found;
  }

  /** Whether what still has to be computed for a value reads the memory of another one. */
  reads(atom: Atom, other: Variable): boolean {
    let found = false;
    const home = this.home(other);
    this.walk([atom], (at) => {
      if (at.kind === "buffer" ? home.kind === "buffer" && at.buffer === home.buffer : at === home) found = true;
    });
    return found && this.home(atom as Variable).kind === "virtual";
  }

  /** Goes through the virtual values that atoms are made of, and the homes they end in. */
  protected walk(atoms: readonly Atom[], visit: (home: Home) => void): void {
    const seen = new Set<Variable>();
    const stack = [...atoms];
    for (let atom = stack.pop(); atom !== undefined; atom = stack.pop()) {
      if (!isVariable(atom) || seen.has(atom)) continue;
      seen.add(atom);
      const home = this.home(atom);
      visit(home);
      if (home.kind === "virtual") for (const input of home.equation.inputs) stack.push(input);
    }
  }

  /** Whether what a value needs of a group is there at the very point where the value is computed. */
  fits(group: LoopGroup | ContractionGroup, root: Atom, map: PointMap, level: "inner" | "outer"): boolean {
    const rank = group.shape.length;
    const seen = new Map<Variable, PointMap[]>();
    const stack: { readonly atom: Atom; readonly map: PointMap }[] = [{ atom: root, map }];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const { atom, map: at } = top;
      if (!isVariable(atom)) continue;
      const before = seen.get(atom);
      if (before?.some((m) => sameMap(m, at, atom.type.shape, rank))) continue;
      if (before) before.push(at);
      else seen.set(atom, [at]);
      const now = this.home(atom);
      const home = now.kind === "buffer" ? this.homeFor(atom, group.index) : now;
      if (home.kind === "member" && home.member.group === group) {
        const { member } = home;
        if (level === "outer" && member.level === "inner") return false;
        if (group.kind === "loops" && group.blocked && member.level === "outer") return false;
        if (!sameMap(member.map, at, atom.type.shape, rank)) return false;
      } else if (home.kind === "virtual") {
        const operands = operandsAt(home.equation, at, rank);
        if (operands === undefined) return false;
        if (home.equation.primitive.lower.form === "assembly" && group.kind === "contraction") return false;
        stack.push(...operands);
      } else if (home.kind === "buffer" && home.after >= group.index) return false;
    }
    return !(group.kind === "loops" && group.blocked && level === "outer");
  }
}
