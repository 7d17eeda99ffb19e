/**
 * Starting a worker from the text of a function, on Node, Deno, Bun and in browsers. The text is handed over as a URL that holds it, so there
 * is no file that a bundler would have to find. A worker never keeps a process alive.
 */

export interface WorkerHandle {
  post(message: unknown): void;
  /** Ends it; on Node its code stops at once, wherever it is. */
  end(): void;
}

interface NodeWorker {
  postMessage(message: unknown): void;
  terminate(): unknown;
  unref(): void;
  on(event: string, listener: () => void): void;
}
interface NodeThreads {
  readonly Worker: new (url: URL, options: object) => NodeWorker;
}

/** `onDeath` is called when it has ended or could not start, which the first thread learns between two of its own jobs. Throws where there are no workers. */
export function startWorker(body: () => void, onDeath: () => void): WorkerHandle {
  // a bundler that keeps names wraps functions in a call of this
  const source = `const __name = (f) => f; (${String(body)})();`;
  const { process } = globalThis as { readonly process?: { getBuiltinModule?(name: string): unknown } };
  const threads = process?.getBuiltinModule?.("node:worker_threads") as NodeThreads | undefined;
  if (threads !== undefined) {
    const worker = new threads.Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), { execArgv: [], name: "chainrule" });
    worker.on("error", onDeath);
    worker.on("exit", onDeath);
    worker.unref();
    return { post: (message) => worker.postMessage(message), end: () => void worker.terminate() };
  }
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url, { name: "chainrule" });
  worker.onerror = onDeath;
  (worker as { unref?: () => void }).unref?.();
  return {
    post: (message) => worker.postMessage(message),
    end: () => {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}
