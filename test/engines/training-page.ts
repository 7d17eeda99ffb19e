/** Training on a page or in a worker of it. */
import { report } from "./report-of-page.ts";
import { trainAndJudge } from "./training.ts";

await report(trainAndJudge);
