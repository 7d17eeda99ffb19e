/**
 * What pages of these tests do: run a job, here or in a worker that runs the same file, and write the outcome to the console as JSON, after
 * the word `outcome`. The options are JSON in the address.
 */
export interface Outcome {
  readonly value?: unknown;
  readonly error?: string;
}

/** `start` makes the worker where the bundler has a way of its own. */
export async function report(job: (options: Record<string, unknown>) => unknown, start: () => Worker = again): Promise<void> {
  const options = JSON.parse(decodeURIComponent(location.search.slice(1)) || "{}") as Record<string, unknown>;
  const onPage = "document" in globalThis;
  if (onPage && options["inWorker"] === true) {
    const worker = start();
    worker.onmessage = ({ data }: MessageEvent<Outcome>) => show(data);
    worker.onerror = ({ message }) => show({ error: `the worker of the page: ${message}` });
    return;
  }
  let outcome: Outcome;
  try {
    outcome = { value: await job(options) };
  } catch (error) {
    outcome = { error: error instanceof Error ? error.stack ?? error.message : String(error) };
  }
  if (onPage) show(outcome);
  else (globalThis as unknown as { postMessage(message: unknown): void }).postMessage(outcome);
}

function again(): Worker {
  return new Worker(`${import.meta.url.replace(/\?.*/, "")}${location.search}`, { type: "module" });
}

function show(outcome: Outcome): void {
  console.log(`outcome ${JSON.stringify(outcome)}`);
}
