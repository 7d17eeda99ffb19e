/** sides.mjs is plain JavaScript, because the packages in it are installed for benchmarks alone. */
export function allSides(): Promise<readonly unknown[]>;
