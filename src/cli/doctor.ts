/** `chainrule doctor`: what is live in this engine and why there is not more, what that brings, and one sentence of advice. */
import { status, type Status } from "../backends/wasm/status.ts";
import { advice } from "./advice.ts";
import { engine, variable, version } from "./engine.ts";
import { measure, type Measurements, size, type Speed } from "./measure.ts";

type Line = readonly [name: string, value: string];

export async function doctor(): Promise<string> {
  const { name, platform, cpus, isNode } = engine();
  const variables = { CHAINRULE_WASM: variable("CHAINRULE_WASM"), CHAINRULE_THREADS: variable("CHAINRULE_THREADS") };
  const start = performance.now();
  const measured = await measure();
  const seconds = (performance.now() - start) / 1000;
  // afterwards: the workers have started
  const now = status();
  return [
    `chainrule ${version()} on ${name}, ${platform}, ${cpus} CPU${cpus === 1 ? "" : "s"}`,
    "",
    ...table([...featureLines(now), ...memoryLines(now), ...Object.entries(variables).map(([key, value]): Line => [key, value ?? "not set"])]),
    "",
    `measured in ${seconds.toFixed(1)} s, the best of many runs`,
    ...table(speedLines(measured, now.threads.running)),
    "",
    advice({ status: now, measured, cpus, isNode, variables }),
    "",
  ].join("\n");
}

function featureLines({ target, reasons, shared, threads }: Status): Line[] {
  const line = (title: string, feature: "simd" | "relaxed" | "wide", live: string, without: string): Line => {
    const reason = reasons.find((r) => r.startsWith(`${feature}: `))?.slice(feature.length + 2) ?? without;
    return [title, target[feature] ? `live${live}` : `off, because ${reason}`];
  };
  const workers = threads.running === threads.wanted ? "all started" : `${threads.running} started`;
  return [
    line("SIMD", "simd", "", ""),
    line("relaxed SIMD", "relaxed", ": multiply and add in one", "there is no SIMD"),
    line("256-bit vectors", "wide", ": V8 joins pairs of 128-bit ones, and passed the self-test", "there is no relaxed SIMD"),
    ["shared memory", shared ? "live" : "off, because this environment has none"],
    ["threads", threads.wanted === 1 ? "1" : `${threads.wanted}, ${workers}`],
  ];
}

function memoryLines({ memory: { size, budget, maximum } }: Status): Line[] {
  const mebibytes = (bytes: number): string => (bytes >= 2 ** 30 ? `${Number((bytes / 2 ** 30).toFixed(1))} GiB` : `${Math.round(bytes / 2 ** 20)} MiB`);
  return [["memory", `${mebibytes(size)} in use, up to ${mebibytes(maximum)}; results stay in it up to ${mebibytes(budget)}`]];
}

function speedLines({ product, elementwise, gradient }: Measurements, threads: number): Line[] {
  const speeds = ({ one, all }: Speed, unit: string): string => `${digits(one)} ${unit} on 1 thread${all === undefined ? "" : `, ${digits(all)} on ${threads}`}`;
  return [
    [`matrix product, ${size} × ${size}`, speeds(product, "GFLOP/s")],
    ["elementwise chain", speeds(elementwise, "GB/s")],
    ["gradient of 3 numbers", `${digits(gradient)} µs per call`],
  ];
}

function digits(x: number): string {
  return x >= 100 ? x.toFixed(0) : x.toPrecision(2);
}

function table(lines: readonly Line[]): string[] {
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
}
