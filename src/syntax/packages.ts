/** Installed packages are left alone, unless one of their files asks for the rewrite. */
export function belongsToPackage(id: string, code: string): boolean {
  return /[\\/]node_modules[\\/]/.test(id) && !/["']use trace["']/.test(code);
}
