import { describe, expect, it } from "vitest";
import { DEFAULTS, FULL_DEFAULTS, HELP, parseOptions } from "../../examples/fashion-mnist/options.ts";

describe("the command line of the example", () => {
  it("has defaults", () => {
    expect(parseOptions([])).toEqual({ ...DEFAULTS, full: false, data: undefined, weights: undefined });
    expect(parseOptions(["--full"])).toEqual({ ...FULL_DEFAULTS, full: true, data: undefined, weights: undefined });
    expect(parseOptions(["--data", "d", "--lr", "0.5"])).toMatchObject({ hidden: FULL_DEFAULTS.hidden, batch: FULL_DEFAULTS.batch, lr: 0.5 });
  });

  it("is read", () => {
    const args = ["--epochs", "3", "--batch=64", "--lr", "2e-3", "--hidden", "32, 16,8", "--seed", "0", "--out", "there", "--full"];
    expect(parseOptions(args)).toEqual({
      epochs: 3, batch: 64, lr: 0.002, hidden: [32, 16, 8], seed: 0, out: "there", full: true, data: undefined, weights: undefined,
    });
    expect(parseOptions(["--data", "d"])).toMatchObject({ data: "d", full: true });
    expect(parseOptions(["--weights", "w", "--epochs", "0"])).toMatchObject({ weights: "w", epochs: 0 });
    expect(parseOptions(["--epochs", "3", "--help"])).toBe("help");
  });

  it("explains every option in lines that fit a terminal", () => {
    for (const name of ["epochs", "batch", "lr", "hidden", "seed", "out", "full", "data", "weights", "help"]) expect(HELP).toContain(`  --${name} `);
    expect(Math.max(...HELP.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  it.each([
    [["--epochs", "0"], '--epochs wants a whole number from 1 to 10000, got "0"'],
    [["--epochs", "2.5"], '--epochs wants a whole number from 1 to 10000, got "2.5"'],
    [["--epochs", ""], '--epochs wants a whole number from 1 to 10000, got ""'],
    [["--batch", "many"], '--batch wants a whole number from 1 to 60000, got "many"'],
    [["--lr", "0"], '--lr wants a number above 0 and at most 10, got "0"'],
    [["--lr=-0.1"], '--lr wants a number above 0 and at most 10, got "-0.1"'],
    [["--lr", "fast"], '--lr wants a number above 0 and at most 10, got "fast"'],
    [["--lr", ""], '--lr wants a number above 0 and at most 10, got ""'],
    [["--hidden", "128,"], '--hidden wants one to eight sizes from 1 to 4096, as in "128,64", got "128,"'],
    [["--hidden", "0"], '--hidden wants one to eight sizes from 1 to 4096, as in "128,64", got "0"'],
    [["--seed", "4294967296"], '--seed wants a whole number from 0 to 4294967295, got "4294967296"'],
    [["--seed=-1"], '--seed wants a whole number from 0 to 4294967295, got "-1"'],
    [["--out", ""], "--out wants a path, got an empty one"],
    [["--weights", "w", "--hidden", "9"], "--hidden and --weights exclude each other: the file of weights has the layer sizes"],
    [["--speed", "9"], "Unknown option '--speed' (--help lists the options)"],
    [["9"], "Unexpected argument '9' (--help lists the options)"],
    [["--epochs"], "Option '--epochs <value>' argument missing (--help lists the options)"],
    [["--full=yes"], "Option '--full' does not take an argument (--help lists the options)"],
  ])("refuses %j", (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
});
