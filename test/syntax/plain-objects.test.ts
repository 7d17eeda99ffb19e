"use trace";
/** Objects that would change in a statement that is recorded: refused, also where a function or a method does it; and what may change. */
import { expect, test } from "vitest";
import { array, debug, ConcretizationError, type NDArray, traceFn, type Tensor } from "chainrule";

class Meter {
  n = 1;
  hit(): void { this.n = 5; }
  twice(): void { this.hit(); }
}
let total = 0;
const bump = (): void => { total++; };

const refused: readonly (readonly [name: string, f: (x: Tensor) => unknown])[] = [
  ["sort", (x) => { const l = [3, 1]; if (x > 0) l.sort(); return x * (l[0] as number); }],
  ["reverse", (x) => { const l = [3, 1]; if (x > 0) l.reverse(); return x * (l[0] as number); }],
  ["fill in a loop", (x) => { const l = [3, 1]; let i = 0; while (i < x) { l.fill(7); i++; } return x * (l[0] as number); }],
  ["copyWithin", (x) => { const l = [3, 1]; if (x > 0) { l.copyWithin(0, 1); return x; } return x * (l[0] as number); }],
  ["set of a typed array", (x) => { const l = new Float64Array(2); if (x > 0) l.set([3, 4]); return x * (l[0] as number); }],
  ["Map.set", (x) => { const m = new Map(); if (x > 0) m.set("a", 3); return x * m.size; }],
  ["Map.delete", (x) => { const m = new Map([[1, 2]]); if (x > 0) m.delete(1); return x * m.size; }],
  ["Set.add", (x) => { const s = new Set(); if (x > 0) s.add("a"); return x * s.size; }],
  ["Set.clear", (x) => { const s = new Set([1]); if (x > 0) s.clear(); return x * s.size; }],
  ["Reflect.set", (x) => { const o = { a: 1 }; if (x > 0) Reflect.set(o, "a", 3); return x * o.a; }],
  ["Object.assign", (x) => { const o = { a: 1 }; if (x > 0) Object.assign(o, { a: 3 }); return x * o.a; }],
  ["next", (x) => { const it = [1, 2].values(); if (x > 0) it.next(); return x * (it.next().value as number); }],
  ["sort in a function", (x) => { const l = [3, 1]; const order = () => l.sort(); if (x > 0) order(); return x * (l[0] as number); }],
  ["a counter of a function", (x) => { const st = { n: 0 }; const tick = () => { st.n++; }; let i = 0; while (i < x) { tick(); i++; } return x * 0 + st.n; }],
  ["a function of a function", (x) => { const st = { n: 0 }; const tick = () => { st.n++; }; const tock = () => tick(); if (x > 0) tock(); return x * 0 + st.n; }],
  ["a function that changes a great many objects, through another", (x) => { const a = { n: 0 }, b = { n: 0 }, c = { n: 0 }, d = { n: 0 }, e = { n: 0 }, f = { n: 0 }, g = { n: 0 }, h = { n: 0 }, i = { n: 0 }, j = { n: 0 }; const all = () => { a.n = 1; b.n = 1; c.n = 1; d.n = 1; e.n = 1; f.n = 1; g.n = 1; h.n = 1; i.n = 1; j.n = 1; }; const through = () => all(); if (x > 0) through(); return x * (a.n + j.n); }],
  ["a list of a function", (x) => { const l: Tensor[] = []; const add = (v: Tensor) => { l.push(v); }; if (x > 0) add(x); return l[0] ?? x * 0; }],
  ["a function given by name", (x) => { const l: Tensor[] = []; const add = (v: Tensor) => { l.push(v); }; if (x > 0) [x].forEach(add); return l[0] ?? x * 0; }],
  ["a method", (x) => { const m = new Meter(); if (x > 0) m.hit(); return x * m.n; }],
  ["a method of a method", (x) => { const m = new Meter(); if (x > 0) m.twice(); return x * m.n; }],
  ["a variable of the module", (x) => { if (x > 0) bump(); return x * total; }],
];

test.each(refused)("%s is refused", (_, f) => {
  for (const at of [-1, 3]) expect(() => traceFn(f)(at)).toThrow(ConcretizationError);
  expect(() => traceFn(f)(3)).toThrow(/\(line \d+\)/);
});

test("what the statement makes itself may change, and so may all outside of it", () => {
  const inside = traceFn((x: Tensor) => {
    let y = x;
    if (x > 0) {
      const l = [1, 3].sort();
      const copy = [...l];
      copy.reverse();
      const m = new Map<string, number>();
      m.set("a", copy[0] as number);
      const meter = new Meter();
      meter.hit();
      y = x * (m.get("a") as number) * Object.assign({}, { b: 2 }).b * meter.n;
    }
    return y;
  });
  expect([inside(2), inside(-2)].map((v) => (v as unknown as NDArray).item())).toEqual([60, -2]);
  const outside = traceFn((x: Tensor) => { const l = [3, 1]; let y = x; if (x > 0) y = x * 2; l.sort(); const m = new Meter(); m.hit(); return y * (l[0] as number) * m.n; });
  expect((outside(2) as unknown as NDArray).item()).toBe(20);
});

test("methods of arrays that have such names change nothing", () => {
  const f = traceFn((x: Tensor) => { let y = x; if (x[0] as never > 0) y = x.at(0).set(9).add(x); return y; });
  expect((f(array([1, 2])) as unknown as NDArray).toArray()).toEqual([10, 4]);
});

test("a function for debug.callback runs on the host, and may do what it likes", () => {
  const seen: number[] = [];
  let count = 0;
  const f = traceFn((x: Tensor) => { let i = 0; while (i < x) { debug.callback((v) => { seen.push((v as NDArray).item() as number); count++; }, i); i++; } return i; });
  expect((f(3) as unknown as NDArray).item()).toBe(3);
  expect([seen, count]).toEqual([[0, 1, 2], 3]);
});
