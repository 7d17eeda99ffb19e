/** Programs in little memory: what is only kept for the next call makes room, and nothing is lost where there is none. */
import { describe, expect, it } from "vitest";
import * as cr from "chainrule";
import type { NDArray, Tensor } from "chainrule";

cr.configure({ heapMaximum: 64 * 2 ** 20 });

/** Some 61 MiB of temporaries, and a result of four bytes. */
const large = cr.traceFn((x: Tensor) => cr.sum(cr.cumsum(cr.mul(cr.ones([4000, 4000]), x), 0)));
const million = (): NDArray => cr.array(new Float32Array(1e6).fill(1));

describe("after a program with large temporaries", () => {
  it("other programs find room for arguments and results, and it runs again", () => {
    const sum = large(2).item();
    const twice = cr.traceFn((x: Tensor) => cr.mul(cr.add(x, 1), 2));
    for (let i = 0; i < 3; i++) {
      expect(twice(million()).item(999_999)).toBe(4);
      expect(large(2).item()).toBe(sum);
    }
  });
  it("so do programs that take over an argument", () => {
    const step = cr.traceFn((x: Tensor, y: Tensor) => [cr.add(x, y), cr.mul(x, y)], { donate: [0] });
    const plus = cr.traceFn((x: Tensor) => cr.add(x, 1));
    const x = plus(million());
    const [a, b] = step(x, million()) as unknown as [NDArray, NDArray];
    expect([a.item(5), b.item(5)]).toEqual([3, 2]);
    large(1);
    const kept = plus(a);
    large(1);
    const [c, d] = step(kept, million()) as unknown as [NDArray, NDArray];
    expect([c.item(7), d.item(7), a.item(7), b.item(7)]).toEqual([5, 4, 3, 2]);
  });
  it("what fits nowhere is refused, and everything is as it was", () => {
    const a = cr.traceFn((x: Tensor) => cr.add(x, 1))(million());
    large(1);
    expect(() => cr.traceFn((x: Tensor) => cr.broadcastTo(x, [30, 1_000_000]))(a)).toThrow(/no WebAssembly memory for a result .*114\.4 MiB[^]*heapMaximum/);
    expect(a.item(3)).toBe(2);
    expect(large(1).item()).toBeGreaterThan(0);
  });
  it("constants that do not fit leave nothing behind", () => {
    const add = cr.traceFn((x: Tensor, k: Tensor) => cr.add(x, k));
    const held = Array.from({ length: 18 }, (_, k) => add(million(), k));
    const all = cr.traceFn((x: Tensor) => held.reduce<Tensor>((sum, constant) => cr.add(sum, constant), x));
    for (let i = 0; i < 2; i++) expect(() => all(million())).toThrow(/no WebAssembly memory for/);
    expect(large(1).item()).toBeGreaterThan(0);
    expect(held.map((x) => x.item(9))).toEqual(held.map((_, k) => k + 1));
  });
});
