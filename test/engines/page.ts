/** The suite as a page and as a worker of that page: `?{"threads":2}` has the options, and where it runs. */
import { checkEngine, type EngineOptions } from "./check.ts";
import { report } from "./report-of-page.ts";

await report((options) => checkEngine(options as unknown as EngineOptions));
