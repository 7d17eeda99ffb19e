import { cpSync, existsSync, mkdirSync, readFileSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { SUBSET_DIRECTORY } from "../../examples/fashion-mnist/data/sources.ts";
import { HELP } from "../../examples/fashion-mnist/options.ts";
import { runExample, temporaryDirectory, type RunOptions } from "./run-example.ts";

const temporary = temporaryDirectory();
afterAll(() => temporary.remove());

/** A copy of the data, spoilt. */
function spoilt(name: string, spoil: (directory: string) => void): string {
  const directory = join(temporary.path, name);
  cpSync(SUBSET_DIRECTORY, directory, { recursive: true });
  spoil(directory);
  return directory;
}

async function refusal(args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, err } = await runExample(args, { cwd: temporary.path, ...options });
  expect(code).toBe(2);
  expect(err).not.toMatch(/^\s+at /m);
  expect(err).toMatch(/^fashion-mnist: /);
  return err.trimEnd().replaceAll(temporary.path, "DIR");
}

describe("the example started from the command line", { timeout: 120_000, concurrent: true }, () => {
  it("prints its help", async () => {
    expect(await runExample(["--help"])).toEqual({ code: 0, out: `${HELP}\n`, err: "" });
  });

  it("refuses bad values", async () => {
    expect(await refusal(["--batch", "0"])).toBe('fashion-mnist: --batch wants a whole number from 1 to 60000, got "0"');
    expect(await refusal(["--speed"])).toBe("fashion-mnist: Unknown option '--speed' (--help lists the options)");
  });

  it("refuses a directory without data, wherever it was named", async () => {
    const empty = join(temporary.path, "empty");
    mkdirSync(empty);
    const expected = "fashion-mnist: DIR/empty has neither train-images-idx3-ubyte.gz nor train-images-idx3-ubyte";
    expect(await refusal(["--data", empty])).toBe(expected);
    expect(await refusal(["--full"], { env: { CHAINRULE_FASHION_MNIST: empty } })).toBe(expected);
  });

  it("refuses damaged data", async () => {
    const cut = spoilt("cut", (d) => truncateSync(join(d, "t10k-images-idx3-ubyte.gz"), 9999));
    expect(await refusal(["--data", cut])).toBe("fashion-mnist: DIR/cut/t10k-images-idx3-ubyte.gz: the gzip data are cut off: the file is incomplete");
    const swapped = spoilt("swapped", (d) => cpSync(join(d, "train-labels-idx1-ubyte.gz"), join(d, "train-images-idx3-ubyte.gz")));
    expect(await refusal(["--data", swapped])).toBe("fashion-mnist: DIR/swapped/train-images-idx3-ubyte.gz: not the idx file wanted: it has 1 dimensions, wanted 3");
    const mixed = spoilt("mixed", (d) => cpSync(join(d, "t10k-labels-idx1-ubyte.gz"), join(d, "train-labels-idx1-ubyte.gz")));
    expect(await refusal(["--data", mixed])).toBe(
      "fashion-mnist: DIR/mixed/train-labels-idx1-ubyte.gz: 2000 labels for the 8000 images of DIR/mixed/train-images-idx3-ubyte.gz",
    );
    const eleventh = spoilt("eleventh", (d) => {
      unlinkSync(join(d, "t10k-labels-idx1-ubyte.gz"));
      writeFileSync(join(d, "t10k-labels-idx1-ubyte"), Uint8Array.from([0, 0, 8, 1, 0, 0, 7, 0xd0, ...new Uint8Array(1999), 10]));
    });
    expect(await refusal(["--data", eleventh])).toBe("fashion-mnist: DIR/eleventh/t10k-labels-idx1-ubyte: label 1999 is 10, wanted 0 to 9");
  });

  it("refuses weights that are missing, damaged or of another network", async () => {
    expect(await refusal(["--weights", "none"])).toBe("fashion-mnist: cannot read none: it does not exist");
    const text = join(temporary.path, "text");
    writeFileSync(text, "weights");
    expect(await refusal(["--weights", text])).toBe("fashion-mnist: DIR/text: not a file of saved weights: 7 bytes are too few for a header");
  });

  it("refuses a place for its results that cannot be, before it trains", async () => {
    const file = join(temporary.path, "file");
    writeFileSync(file, "");
    expect(await refusal(["--out", file])).toBe("fashion-mnist: cannot make the directory DIR/file (--out): it exists and is not a directory");
  });

  it("leaves cleanly on Ctrl-C", async () => {
    const out = join(temporary.path, "interrupted");
    const { code, err } = await runExample(["--out", out, "--epochs", "50", "--hidden", "8"], { interruptAt: "epoch  1" });
    expect({ code, err }).toEqual({ code: 130, err: "Interrupted: nothing was saved.\n" });
    expect(existsSync(join(out, "report.html"))).toBe(false);
  });
});

it("is what npm start runs", () => {
  const runner = readFileSync(join(import.meta.dirname, "../../scripts/run.mjs"), "utf8");
  expect(runner).toContain("examples/fashion-mnist/main.ts");
});
