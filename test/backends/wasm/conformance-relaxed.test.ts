/** The WebAssembly backend keeps the contract in an engine that offers no more than `relaxed`. */
import { wasm } from "../../../src/backends/wasm/backend.ts";
import { capFeatures } from "../../../src/backends/wasm/features.ts";
import { conformance } from "../conformance.ts";

capFeatures("relaxed");
conformance(wasm);
