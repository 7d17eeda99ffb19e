/**
 * The programs that the report shows: the loss as it was captured from `model.ts`, and what `grad` makes of it.
 */
import { traceFn } from "chainrule";
import { batches } from "./data/batches.ts";
import type { Dataset } from "./data/dataset.ts";
import { loss } from "./model.ts";
import type { Report } from "./report/report.ts";
import type { Parameters } from "./weights.ts";

export function programs(parameters: Parameters, set: Dataset, batch: number): Report["programs"] {
  const [example] = batches(set, batch);
  if (example === undefined) return [];
  const { images, labels } = example;
  const traced = traceFn(loss);
  return [
    { title: "The loss", text: traced.program(parameters, images, labels).toString() },
    { title: "Its gradient with respect to the weights", text: traced.grad({ argnums: 0 }).program(parameters, images, labels).toString() },
  ];
}
