/** The reference backend keeps the contract. */
import { reference } from "../../src/backends/reference/backend.ts";
import { conformance } from "./conformance.ts";

conformance(reference);
