/**
 * Random JavaScript programs for property tests: every operator and control construct that the rewrite touches, over variables,
 * logging getters, and objects with conversions. `seen(id, v)` logs and returns v, which makes the order of evaluation visible.
 */
import fc from "fast-check";

/** Whether the program may use `await` or `yield`. */
export type Flavour = "function" | "async function" | "function*" | "async function*";

// No `*`, `**` and `<<` of arbitrary values: in a loop bigints would grow without bound.
const arithmetic = ["+", "-", "/", "%", "&", "|", "^", ">>>"];
const comparisons = ["<", "<=", ">", ">=", "==", "!=", "===", "!=="];
const compound = ["+=", "-=", "/=", "%=", "&=", "|=", "^=", ">>>=", "&&=", "||=", "??="];
const mathCalls = ["sin", "max", "abs", "floor", "pow", "sign", "missing"];

export function program(flavour: Flavour): fc.Arbitrary<string> {
  let count = 0;
  const { block } = fc.letrec<{ expression: string; target: string; statement: string; block: string; body: string }>((tie) => {
    const e = tie("expression");
    const target = tie("target");
    const join = (...parts: (fc.Arbitrary<string> | string)[]): fc.Arbitrary<string> =>
      fc.tuple(...parts.map((part) => (typeof part === "string" ? fc.constant(part) : part))).map((texts) => texts.join(""));
    const one = (list: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...list);
    const leaf = one(["a", "b", "c", "o.p", "o.getter", "list[0]", "list[k]", "1", "2.5", "'s'", "null", "undefined", "7n", "this.tag", "arguments[0]", "o", "list", "key"]);
    const suspended = flavour === "function" ? [] : [
      ...(flavour.startsWith("async") ? [join("(await ", e, ")")] : []),
      ...(flavour.endsWith("*") ? [join("(yield ", e, ")")] : []),
    ];
    return {
      target: fc.oneof(
        { maxDepth: 4 },
        one(["a", "b", "c", "o.p", "o.setter", "this.tag", "list[0]", "o['q']"]),
        join("list[", e, "]"), join("o[key]"), join("seen('object', o)[", e, "]"), join("seen('object', o).p"), join("(", e, ").p"), join("(", e, ")[0]"),
      ),
      expression: fc.oneof(
        { maxDepth: 5, withCrossShrink: true },
        leaf,
        e.map((text) => `seen(${++count}, ${text})`),
        join("(", e, " ", one(arithmetic), " ", e, ")"),
        join("(", e, " ", one(comparisons), " ", e, ")"),
        join("(p ", one(["*", "**", "<<", ">>"]), " q)"), join("(", target, " *= 1)"),
        join("(", one(["-", "+", "~", "!", "typeof ", "void "]), e, ")"),
        join("(", e, one([" ? ", "\n ? ", " /* ? */ ? "]), e, " : ", e, ")"),
        join("(", e, one([" && ", " || ", "&&", "||"]), e, ")"),
        join("(", e, " ?? ", e, ")"),
        join("(", target, " = ", e, ")"),
        join("(", target, one(compound.map((operator) => ` ${operator} `)), e, ")"),
        join("(", one(["++", "--"]), target, ")"), join("(", target, one(["++", "--"]), ")"),
        join("(", e, ")[", e, "]"), join("(", e, ")?.[", e, "]"), join("(", e, ")?.p[", e, "]"), join("(", e, ")[", e, "]?.id.length"), join("(", e, ")?.[0]?.[", e, "].p"),
        join("delete o[", e, "]"), join("(", e, " in ", e, ")"), join("(", e, " instanceof ", e, ")"),
        join("(", e, ", ", e, ")"), join("`<${", e, "}>`"), join("[", e, ", ...[", e, "]]"), join("({ p: ", e, ", [", e, "]: 1 })"),
        join("(() => ", e, ")()"), join("((v = ", e, ", w = v) => w)()"), join("(function () { return ", e, "; }).call(o)"), join("new (class { v = ", e, "; static w = ", e, "; })().v"),
        join("o[", one(["'method'", "seen('name', 'method')"]), "](", e, ")"), join("o.method?.(", e, ")[", e, "]"), join("Math.", one(mathCalls), "(", e, ", ", e, ")"), join("Math.", one(mathCalls), "(...[", e, "])"),
        join(one(["Number.isInteger", "Number.isNaN", "Object.is", "Boolean"]), "(", e, ", ", e, ")"), join("[1, 2].", one(["filter", "some", "find"]), "((v) => ", e, ")"),
        join("([", target, ", ", target, " = ", e, "] = [", e, "])"), join("({ p: ", target, " } = o)"), join("tag`${", e, "}`"), join("named(c &&= function () {})"),
        ...suspended,
      ),
      statement: fc.oneof(
        { maxDepth: 3 },
        join(e, one([";", "\n;"])), join("const v = ", e, "; seen('v', v);"),
        join(target, one([" += ", " -= ", " ||= "]), e, ";"), join(target, one(["++;", "--;"])), join(one(["++", "--"]), target, ";"),
        join("if (", e, ") ", tie("block"), " else ", tie("block")), join("if (", e, ") ", target, " = ", e, one([";", "\n;"])),
        join("if (", e, ") return ", e, "; else if (", e, ") ", tie("statement"), " else if (", e, ") { ", tie("statement"), " return ", e, "; }"),
        join("{ let n = 3, last; while (n-- > 0 && ", e, ") { const w = () => n + last; last = seen('turn', ", e, "); if (w() > ", e, ") seen('inside', w()); } seen('last', last); }"),
        join("{ const list = []; for (let i = 0; i < 3 && !(", e, "); i++) { list.push(() => i); if (i === 1) i++; } seen('each', list.map((f) => f())); }"),
        join("{ let n = 0; again: do { n++; if (", e, ") continue again; if (", e, ") break; seen('do', n); } while (n < 2); }"),
        join("try { if (", e, ") throw ", e, "; else if (", e, ") return ", e, "; } finally { seen('left'); }"),
        join("for (let i = 0, n = 0; n < 2; i++, n += 1) { seen('i', i); ", tie("body"), " }"),
        join("outer: for (let i = 0; i < 2; i++) { for (const j of [0, 1]) { if (", e, ") continue outer; seen('j', j); } }"),
        join("{ let n = 2; while (n-- && ", e, ") ", tie("body"), " }"), join("{ let n = 2; do ", tie("body"), " while (--n > 0 && (", e, ")); }"),
        join("switch (", e, ") { case ", e, ": seen('case'); case 1: ", tie("statement"), " break; default: ", tie("statement"), " }"),
        join("try ", tie("block"), " catch ({ name, message = ", e, " }) { seen(name, message); } finally { seen('finally'); }"),
        join("for (list[1] of [", e, ", ", e, "]) seen('of', list[1]);"), join("return ", e, ";"),
      ),
      // Loops do not nest: a string that doubles in each round would grow without bound.
      body: fc.array(e, { minLength: 1, maxLength: 3 }).map((list) => `{ ${list.map((text) => `${text};`).join(" ")} }`),
      block: fc.array(tie("statement"), { minLength: 1, maxLength: 4 }).map((statements) => `{ ${statements.join("\n")} }`),
    };
  });
  return block.map((text) => `${flavour} program(a, b, c, p, q, key) ${text}`);
}
