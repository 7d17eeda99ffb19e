/** Ordinary code on plain numbers, of the kinds that a rewritten file may hold beside its traced functions. */
export type Loop = (n: number) => number;

export const loops: Readonly<Record<string, Loop>> = {
  "arithmetic, float": (n) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum = sum * 0.999 + (i * 0.5 - 3) / (i + 1.5);
    return sum;
  },
  "arithmetic, integer": (n) => {
    let hash = 17;
    for (let i = 0; i < n; i++) hash = ((hash << 5) - hash + i) | 0;
    return hash;
  },
  comparisons: (n) => {
    let found = 0;
    for (let i = 0; i < n; i++) if (i % 3 === 0 && i > 10) found += 1;
    return found;
  },
  "Math functions": (n) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += Math.sqrt(i) * Math.abs(sum - i);
    return sum;
  },
  "typed array, read": (n) => {
    const values = new Float64Array(1000).fill(1.5);
    let sum = 0;
    for (let i = 0; i < n; i++) sum += values[i % 1000] ?? 0;
    return sum;
  },
  "array, read and write": (n) => {
    const values: number[] = Array.from({ length: 1000 }, (_, i) => i);
    for (let i = 0; i < n; i++) values[i % 1000] = (values[(i + 1) % 1000] ?? 0) + 1;
    return values[7] ?? 0;
  },
  "object, field": (n) => {
    const point = { x: 0, y: 1 };
    for (let i = 0; i < n; i++) point.x += point.y;
    return point.x;
  },
};
