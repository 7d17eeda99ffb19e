/** The WebAssembly backend keeps the contract in an engine that offers no more than `scalar`. */
import { wasm } from "../../../src/backends/wasm/backend.ts";
import { capFeatures } from "../../../src/backends/wasm/features.ts";
import { conformance } from "../conformance.ts";

capFeatures("scalar");
conformance(wasm);
