/** `once.mjs module`: in this new process, ms to load it; for ours also ms from a function of 300 numbers to its first gradient. Printed as JSON. */
const [module] = process.argv.slice(2);
const start = performance.now();
const { exp, mul, neg, sin, traceFn } = await import(module);
const loaded = performance.now();
const f = (x) => {
  let sum = x.get(0);
  for (let i = 0; i < 300; i++) sum = sum.add(mul(sin(x.get(i)), x.get(i)).add(exp(neg(x.get(i)))));
  return sum;
};
const first = traceFn === undefined ? undefined : traceFn(f, { dtype: "float64" }).grad()(Array.from({ length: 300 }, (_, i) => Math.sin(i)));
console.log(JSON.stringify({ load: loaded - start, ...(first === undefined ? {} : { first: performance.now() - loaded }) }));
