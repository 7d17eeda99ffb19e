/** TypeScript and TSX: code between types is rewritten, types never are. */
import { transformSync } from "esbuild";
import { describe, expect, test } from "vitest";
import { emitted, rewritten } from "./evaluate.ts";

const expressions: readonly (readonly [source: string, text: string])[] = [
  ["x as number + 1;", "$op.add(x as number, 1);"],
  ["(x as number) + 1;", "$op.add((x as number), 1);"],
  ["(x satisfies Tensor) * y!;", "$op.mul((x satisfies Tensor), y!);"],
  ["<number>x - 1;", "$op.sub(<number>x, 1);"],
  ["x! += 1;", "x! = $op.add(x, 1);"],
  ["(x as any) += 1;", "(x as any) = $op.add(x, 1);"],
  ["(o.p as any)++;", "(o.p as any) = $op.inc(o.p);"],
  ["o!.p! -= 1;", "$op.hold($t1 = o!).p! = $op.sub($t1.p, 1);"],
  ["x![0]!;", "$op.index(x!, 0)!;"],
  ["o?.list![0];", "$op.hold($op.nullish($t1 = o) ? void 0 : $op.index($t1.list!, 0));"],
  ["f<number>(x + 1);", "f<number>($op.add(x, 1));"],
  ["new Map<string, number>().get(x + 1);", "new Map<string, number>().get($op.add(x, 1));"],
  ["Math.max!(x, 1);", "$op.math(Math.max!, x, 1);"],
  ["const t: typeof x | -1 = -x;", "const t: typeof x | -1 = $op.neg(x);"],
  ["type T = A extends B ? C[number] : -1; let v: T[0] & 2;", "type T = A extends B ? C[number] : -1; let v: T[0] & 2;"],
  ["interface I { m(a?: number): this is I; [k: string]: -1 | 1 }", "interface I { m(a?: number): this is I; [k: string]: -1 | 1 }"],
  ["enum E { A = 1 << 2, B = A | 3 } const enum F { C = -1 }", "enum E { A = 1 << 2, B = A | 3 } const enum F { C = -1 }"],
  ["namespace N { export const a = x ? 1 : 2; }", "namespace N { let $t1; export const a = $op.select($t1 = $op.test(x), $t1 ? 1 : 0, $op.off($t1) ? 2 : 0); }"],
  ["declare const a: number; declare function g(x: number): -1; declare namespace D { const b = 1; }", "declare const a: number; declare function g(x: number): -1; declare namespace D { const b = 1; }"],
  ["function g(this: T, a: number, b?: -1): asserts a is -1; function g(a = x + 1) {}", "function g(this: T, a: number, b?: -1): asserts a is -1; function g(a = $op.add(x, 1)) {}"],
  ["abstract class A<T extends -1> extends B<-1> implements C<-1> { abstract m(): -1; declare d: -1; readonly e: -1 = -x; constructor(private p: number = x + 1) { super(); } }",
    "abstract class A<T extends -1> extends B<-1> implements C<-1> { abstract m(): -1; declare d: -1; readonly e: -1 = $op.neg(x); constructor(private p: number = $op.add(x, 1)) { super(); } }"],
  ["class A { @d(x + 1) m(@e(-x) a: number) {} @f accessor v = x * 2; }", "class A { @d($op.add(x, 1)) m(@e($op.neg(x)) a: number) {} @f accessor v = $op.mul(x, 2); }"],
  ["const g = <T,>(a: T): T => a ? a : b;", "const g = <T,>(a: T): T => { let $t1; return $op.select($t1 = $op.test(a), $t1 ? a : 0, $op.off($t1) ? b : 0); };"],
  ["export = x + 1;", "export = $op.add(x, 1);"],
  ["import type { A } from 'a'; export type { B } from 'b'; let c = x + 1;", "import type { A } from 'a'; export type { B } from 'b'; let c = $op.add(x, 1);"],
  ["for (const [i, v] of Object.entries<number>(x)) v! > 1 && i;", "for (const [i, v] of Object.entries<number>(x)) $op.and($t1 = $op.gt(v!, 1), $op.test($t1) && i);"],
];

describe("TypeScript", () => {
  test.each(expressions)("%s", (source, text) => {
    expect(emitted(source)).toBe(text);
    if (!source.startsWith("export =")) {
      const tsconfigRaw = { compilerOptions: { experimentalDecorators: source.includes("@") } };
      expect(() => transformSync(rewritten(source), { loader: "ts", tsconfigRaw })).not.toThrow();
    }
  });

  test("TSX", () => {
    const source = "const a = <T,>(v: T) => <li key={i + 1} {...p[0]}>{v ? <b>-1 + {n * 2}</b> : 'x + y'}</li>;";
    const text = rewritten(source, {}, "a.tsx");
    expect(text).toContain("=> { let $t1; return <li key={$op.add(i, 1)} {...$op.index(p, 0)}>{$op.select($t1 = $op.test(v), $t1 ? <b>-1 + {$op.mul(n, 2)}</b> : 0, $op.off($t1) ? 'x + y' : 0)}</li>; };");
    expect(() => transformSync(text, { loader: "tsx" })).not.toThrow();
  });
});

describe("places where text could run together", () => {
  const cases: readonly (readonly [source: string, text: string])[] = [
    ["function f() { return-x }", "function f() { return $op.neg(x) }"],
    ["typeof-x; void-x; delete a[-x];", "typeof $op.neg(x); void $op.neg(x); delete a[$op.neg(x)];"],
    ["if (a) b();else-x", "if ($op.truth(a, \"if\")) b();else $op.neg(x)"],
    ["function* g() { yield-x; yield*-x }", "function* g() { yield $op.neg(x); yield*$op.neg(x) }"],
    ["async () => await-x", "async () => await $op.neg(x)"],
    ["switch (1) { case-x: }", "switch (1) { case $op.subject($op.neg(x)): }"],
    ["for (const v of-x);", "for (const v of $op.neg(x));"],
    ["a\n++b\nc", "a\nb = $op.inc(b)\nc"],
    ["a\n!b && c", "a\n$op.and($t1 = $op.not(b), $op.test($t1) && c)"],
    ["a = b\n++c, d", "a = b\nc = $op.inc(c), d"],
    ["a // one + two\n  /* three */ + /* four */ b // five", "$op.add(a // one + two\n  /* three */, /* four */ b) // five"],
    ["a - -b - - -c", "$op.sub($op.sub(a, $op.neg(b)), $op.neg( $op.neg(c)))"],
    ["const é = ñ+1", "const é = $op.add(ñ,1)"],
    ["x/y/2", "$op.div($op.div(x,y),2)"],
    ["(x)++; ((y)) += 1; ++(z)", "(x) = $op.inc(x); ((y)) = $op.add(y, 1); (z) = $op.inc(z)"],
  ];
  test.each(cases)("%j", (source, text) => {
    expect(emitted(source)).toBe(text);
    expect(() => transformSync(text, { loader: "ts" })).not.toThrow();
  });
});
