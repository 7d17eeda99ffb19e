/**
 * Where the rewrite keeps values that it needs twice. A temporary belongs to one activation of the user's function: it is a `let`
 * at the top of the body, or, where there is no body (default parameters, class fields), a parameter of an arrow function that wraps the
 * expression. `await` and `yield` cannot occur in those places, so the wrapping changes nothing.
 */
import type { Node } from "oxc-parser";
import type { Edits, Piece } from "./edits.ts";
import { endOfDirectives, findToken, isFunction, type Tree } from "./tree.ts";

interface Home {
  readonly names: string[];
  readonly fill: (names: readonly string[]) => void;
}

export class Temporaries {
  readonly #tree: Tree;
  readonly #edits: Edits;
  readonly #prefix: string;
  /** For each node visited so far the home of its temporaries; null where there is no body. */
  readonly #homes: (Home | null)[] = [];
  readonly #open: Home[] = [];
  #count = 0;

  constructor(tree: Tree, edits: Edits, prefix: string) {
    this.#tree = tree;
    this.#edits = edits;
    this.#prefix = prefix;
  }

  /** To be called for every node, parents first. */
  enter(position: number, rewritten: boolean): void {
    const outer = this.#homes[this.#tree.parents[position] as number] ?? null;
    this.#homes.push(rewritten ? this.#homeOf(position, outer) : null);
  }

  /** The name of a new temporary for use inside a node. Call it before any edit around that node. */
  take(position: number): string {
    const home = this.#homes[position] ??= this.#wrapped(this.#tree.nodes[position] as Node);
    const name = `${this.#prefix}${++this.#count}`;
    home.names.push(name);
    return name;
  }

  finish(): void {
    for (const { names, fill } of this.#open) fill(names);
  }

  #homeOf(position: number, outer: Home | null): Home | null {
    const node = this.#tree.nodes[position] as Node;
    const parent = this.#tree.nodes[this.#tree.parents[position] as number];
    const field = this.#tree.fields[position];
    if (node.type === "Program") return this.#atTop(this.#edits.close(topOfProgram(node), ""), " ");
    if (isFunction(parent)) {
      if (field !== "body") return null;
      return node.type === "BlockStatement" ? this.#inBlock(node.start, node.body) : this.#arrowBody(node);
    }
    if (node.type === "StaticBlock") return this.#inBlock(findToken(this.#tree.code, node.start + "static".length, "{"), []);
    if (node.type === "TSModuleBlock") return this.#inBlock(node.start, []);
    if ((parent?.type === "PropertyDefinition" || parent?.type === "AccessorProperty") && field === "value") return null;
    return outer;
  }

  #inBlock(brace: number, body: readonly Node[]): Home {
    const end = endOfDirectives(body);
    if (end < 0) return this.#atTop(this.#edits.close(brace + 1, ""), " ");
    return this.#atTop(this.#edits.close(end, ""), this.#tree.code[end - 1] === ";" ? " " : "; ");
  }

  #atTop(piece: Piece, separator: string): Home {
    return this.#register((names) => {
      if (names.length > 0) piece.text = `${separator}let ${names.join(", ")};`;
    });
  }

  #arrowBody(body: Node): Home {
    const opening = this.#edits.close(body.start, "");
    const closing = this.#edits.close(body.end, "");
    return this.#register((names) => {
      if (names.length === 0) return;
      opening.text = `{ let ${names.join(", ")}; return `;
      closing.text = "; }";
    });
  }

  #wrapped(node: Node): Home {
    const opening = this.#edits.open(node.start, "");
    this.#edits.close(node.end, ")()");
    return this.#register((names) => {
      opening.text = `((${names.join(", ")}) => `;
    });
  }

  #register(fill: Home["fill"]): Home {
    const home: Home = { names: [], fill };
    this.#open.push(home);
    return home;
  }
}

/** After the directives of a file, or before its first statement. */
export function topOfProgram(program: Extract<Node, { type: "Program" }>): number {
  const end = endOfDirectives(program.body);
  if (end >= 0) return end;
  const [first] = program.body;
  if (first === undefined) return program.end;
  const decorated = first.type === "ExportNamedDeclaration" || first.type === "ExportDefaultDeclaration" ? first.declaration : first;
  const decorators = decorated !== null && decorated.type === "ClassDeclaration" ? decorated.decorators : [];
  return Math.min(first.start, ...decorators.map((decorator) => decorator.start));
}
