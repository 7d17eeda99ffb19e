/**
 * The one kind of failure this example expects: something the person who started it gave or has is wrong.
 * `main.ts` prints its message alone and exits with code 2; any other error is a fault and keeps its stack.
 */
export class InputError extends Error {
  override name = "InputError";
}

/** What the system said about a failed file operation, without the path, which our messages name themselves. */
export function reason(error: unknown): string {
  const known: Record<string, string> = {
    ENOENT: "it does not exist",
    EACCES: "permission denied",
    EPERM: "operation not permitted",
    EROFS: "the file system is read-only",
    EISDIR: "it is a directory",
    ENOTDIR: "a part of the path is not a directory",
    EEXIST: "it exists and is not a directory",
    ENOSPC: "no space is left on the device",
  };
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return known[code] ?? (error instanceof Error ? error.message : String(error));
}
