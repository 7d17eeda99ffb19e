/** The WebAssembly backend keeps the contract. */
import { wasm } from "../../../src/backends/wasm/backend.ts";
import { conformance } from "../conformance.ts";

conformance(wasm);
