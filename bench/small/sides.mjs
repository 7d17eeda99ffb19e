/** Each side's gradient of a problem as `(x) => numbers`, and how long it took to make. Plain JavaScript, because the peers are installed for benchmarks alone. */
import built from "../built.ts";

const { traceFn, ...chainrule } = built;

function rosenbrock(read, { n }, { add, sub, mul }) {
  let sum;
  for (let i = 0; i + 1 < n; i++) {
    const u = sub(read(i + 1), mul(read(i), read(i)));
    const v = sub(1, read(i));
    const term = add(mul(100, mul(u, u)), mul(v, v));
    sum = sum === undefined ? term : add(sum, term);
  }
  return sum;
}

function waves(read, { n }, { add, mul, neg, sin, exp }) {
  let sum;
  for (let i = 0; i < n; i++) {
    const term = add(mul(sin(read(i)), read(i)), exp(neg(read(i))));
    sum = sum === undefined ? term : add(sum, term);
  }
  return sum;
}

const bodies = { rosenbrock, waves };

/** Written over single numbers, as for the peers; called with a list of numbers. */
function ours(dtype) {
  return {
    name: `chainrule ${dtype}`,
    prepare: async (problem) => {
      const gradient = traceFn((x) => bodies[problem.kind]((i) => x.get(i), problem, chainrule), { dtype }).grad();
      return { call: gradient, numbers: (result) => result.data };
    },
  };
}

async function rose() {
  const r = await import("rose");
  const { Dual, Real, Vec, add, compile, div, fn, mul, neg, opaque, sub, vjp } = r;
  const sin = opaque([Real], Real, Math.sin);
  const cos = opaque([Real], Real, Math.cos);
  const exp = opaque([Real], Real, Math.exp);
  sin.jvp = fn([Dual], Dual, ({ re, du }) => ({ re: sin(re), du: mul(du, cos(re)) }));
  cos.jvp = fn([Dual], Dual, ({ re, du }) => ({ re: cos(re), du: neg(mul(du, sin(re))) }));
  exp.jvp = fn([Dual], Dual, ({ re, du }) => { const y = exp(re); return { re: y, du: mul(du, y) }; });
  const ops = { add, sub, mul, neg, div, sin, exp };
  return {
    name: "rose",
    prepare: async (problem) => {
      const V = Vec(problem.n, Real);
      const f = fn([V], Real, (x) => bodies[problem.kind]((i) => x[i], problem, ops));
      const call = await compile(fn([V], V, (x) => vjp(f)(x).grad(1)));
      return { call, numbers: (result) => Array.from({ length: problem.n }, (_, i) => result[i]) };
    },
  };
}

/** Over whole arrays, which is what it is made for. */
async function jaxJs() {
  const { defaultDevice, grad, init, jit, numpy: np } = await import("@jax-js/jax");
  await init();
  defaultDevice("wasm");
  const functions = {
    rosenbrock: (x) => {
      const n = x.shape[0];
      const head = x.ref.slice([0, n - 1]);
      const u = x.slice([1, n]).sub(np.square(head.ref));
      return np.sum(np.square(u).mul(100).add(np.square(head.mul(-1).add(1))));
    },
    waves: (x) => np.sum(np.sin(x.ref).mul(x.ref).add(np.exp(x.mul(-1)))),
  };
  return {
    name: "jax-js",
    prepare: async (problem) => {
      const gradient = jit(grad(functions[problem.kind]));
      return { call: (x) => gradient(np.array(x)).dataSync(), numbers: (result) => result };
    },
  };
}

const byHand = { name: "by hand", prepare: async (problem) => ({ call: problem.byHand, numbers: (result) => result }) };

/** A peer that is not installed is left out. */
export async function allSides() {
  const peers = await Promise.allSettled([rose(), jaxJs()]);
  for (const p of peers) if (p.status === "rejected") console.error(`bench: ${String(p.reason).split("\n")[0]}`);
  return [ours("float32"), ours("float64"), ...peers.flatMap((p) => (p.status === "fulfilled" ? [p.value] : [])), byHand];
}
