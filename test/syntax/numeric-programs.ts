/**
 * Random programs over numbers made of statements with conditions: every `if`, loop and early `return` in them can become part of a program. They mean the
 * same for plain numbers and for tensors; values stay small, so that no branch hangs on the last bit.
 */
import fc from "fast-check";

export const numericProgram: fc.Arbitrary<string> = (() => {
  let count = 0;
  const { block, leaving } = fc.letrec<{ expression: string; condition: string; statement: string; leaving: string; block: string }>((tie) => {
    const e = tie("expression");
    const c = tie("condition");
    const join = (...parts: (fc.Arbitrary<string> | string)[]): fc.Arbitrary<string> =>
      fc.tuple(...parts.map((part) => (typeof part === "string" ? fc.constant(part) : part))).map((texts) => texts.join(""));
    const one = (list: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...list);
    const bounded = (head: (i: string, test: string) => string): fc.Arbitrary<string> => fc.tuple(c, tie("block")).map(([test, body]) => {
      const i = `i${++count}`;
      return head(i, test).replace("BODY", body.slice(1, -1));
    });
    return {
      expression: fc.oneof(
        { maxDepth: 3 },
        one(["a", "b", "x", "y", "k", "1", "0.25", "-0.75", "p[0]", "p[1]", "s.u", "s.v"]),
        join("Math.sin(", e, " + ", e, ")"), join("Math.tanh(", e, " * ", e, ")"), join("(", e, " - ", e, ") * 0.25"), join("(", c, " ? ", e, " : ", e, ")"), join("-(", e, ")"),
        join("half(", e, ")"),
      ),
      condition: fc.oneof(
        { maxDepth: 2 },
        join(e, one([" > ", " < ", " >= "]), e), join("(", c, one([" && ", " || "]), c, ")"), join("!(", c, ")"), one(["flag", "k < 3"]),
      ),
      statement: fc.oneof(
        { maxDepth: 3 },
        join(one(["x", "y"]), " = ", e, ";"), join(one(["x", "y"]), one([" += ", " -= "]), "Math.sin(", e, ");"), one(["k++;", "k += 2;", "k--;", "++k;"]), join("flag = ", c, ";"),
        join("p = [p[1], Math.sin(", e, ")];"), join("s = { ...s, v: Math.sin(", e, ") };"), join("[x, y] = [y, Math.sin(", e, ")];"), join("{ const t = ", e, "; x = Math.cos(t); }"),
        join("if (", c, ") ", tie("block")), join("if (", c, ") ", tie("block"), " else ", tie("block")), join("if (", c, ") ", tie("block"), " else if (", c, ") ", tie("block")),
        bounded((i, test) => `{ let ${i} = 0; while (${i} < 3 && (${test})) { ${i}++; BODY } }`), bounded((i, test) => `{ let ${i} = 0; do { BODY } while (++${i} < 3 && (${test})); }`),
        bounded((i) => `for (let ${i} = 0; ${i} < 2 + Math.sin(a); ${i}++) { BODY x = Math.sin(x + ${i}); }`), bounded((i) => `for (const ${i} of [0.5, 1.5]) { y = Math.sin(y * ${i}); BODY }`),
        join("bump(", e, ");"),
      ),
      leaving: fc.oneof(
        { maxDepth: 2 },
        tie("statement"), tie("statement"),
        join("if (", c, ") return wrap(", e, ");"), join("if (", c, ") { ", tie("statement"), " return wrap(", e, "); }"), join("if (", c, ") return wrap(", e, "); else if (", c, ") { ", tie("statement"), " } else return wrap(", e, ");"),
        join("if (", c, ") { ", tie("statement"), " if (", c, ") return wrap(", e, "); ", tie("statement"), " return wrap(x); }"),
      ),
      block: fc.array(tie("statement"), { minLength: 1, maxLength: 3 }).map((statements) => `{ ${statements.join(" ")} }`),
    };
  });
  return fc.tuple(block, fc.array(leaving, { maxLength: 4 }), fc.constantFrom("v + y * k", "[v, k, y]", "({ v, p, s: s.v, k })", "flag ? v : y")).map(([first, second, result]) =>
    `function program(a, b) { let x = a, y = 0, k = 0, flag = false, p = [0, 0.5], s = { u: b, v: 1 };
      const half = (v) => { if (v > 0) return v * 0.5; return v; }; const bump = (v) => { y = Math.sin(y + v); }; const wrap = (v) => ${result};
      ${first.slice(1, -1)} ${second.join(" ")} return wrap(x); }`);
})();
