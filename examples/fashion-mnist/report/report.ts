/**
 * The report of a run: one HTML page that needs nothing but itself. It only presents: everything it shows is in `Report`.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CLASS_NAMES, SIDE } from "../data/dataset.ts";
import { percent } from "../progress.ts";
import { lineChart, type Point } from "./chart.ts";
import { escape } from "./escape.ts";
import { greyPng } from "./png.ts";

export type Sample = { readonly pixels: Uint8Array; readonly label: number; readonly predicted: number; readonly probability: number };

/** A figure of the training, `x` in epochs. */
export type Moment = { readonly x: number; readonly loss: number; readonly accuracy: number };

export type Report = {
  readonly settings: readonly (readonly [name: string, value: string])[];
  readonly steps: readonly Moment[];
  /** On the test images, before the first epoch and after each. */
  readonly tests: readonly Moment[];
  /** `confusion[label][predicted]` counts test images. */
  readonly confusion: readonly (readonly number[])[];
  readonly right: readonly Sample[];
  readonly wrong: readonly Sample[];
  readonly programs: readonly { readonly title: string; readonly text: string }[];
};

export function renderReport(report: Report): string {
  const last = report.tests[report.tests.length - 1];
  const total = report.confusion.flat().reduce((sum, n) => sum + n, 0);
  const headline = last === undefined ? "Fashion-MNIST" : `${percent(last.accuracy)} of ${total.toLocaleString("en")} test images right`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escape(headline)} · Fashion-MNIST with chainrule</title>
<style>
${readFileSync(join(import.meta.dirname, "style.css"), "utf8")}</style>
</head>
<body>
<header>
<p class="over">Fashion-MNIST with chainrule</p>
<h1>${escape(headline)}</h1>
</header>
<main>
${section("Training", charts(report))}
${section("Confusion matrix", confusionTable(report.confusion))}
${section("Predictions", gallery("Right, one of each class", report.right) + gallery("Wrong, the most confident", report.wrong))}
${section("Programs", programs(report))}
${section("Settings", settings(report))}
</main>
</body>
</html>
`;
}

function section(title: string, body: string): string {
  return `<section>\n<h2>${escape(title)}</h2>\n${body}\n</section>`;
}

function charts({ steps, tests }: Report): string {
  if (steps.length === 0) return `<p>Nothing was trained: the saved weights were tested as they are.</p>`;
  const window = Math.max(1, Math.ceil(steps.length / 40));
  const draw = (title: string, y: "loss" | "accuracy"): string => {
    const raw = steps.map((moment) => ({ x: moment.x, y: moment[y] }));
    const tested = tests.map((moment) => ({ x: moment.x, y: moment[y] }));
    const summary = `From ${tested[0]?.y.toFixed(3)} before training to ${tested[tested.length - 1]?.y.toFixed(3)} on the test images.`;
    return lineChart({
      title, summary, x: "epoch", y,
      series: [
        { name: "training step", look: "faint", points: raw },
        { name: `mean of ${window} steps`, look: "plain", points: movingMean(raw, window) },
        { name: "test", look: "marked", points: tested },
      ],
    });
  };
  const rows = tests.map((moment) => `<tr><th scope="row">${moment.x}</th><td>${moment.loss.toFixed(4)}</td><td>${percent(moment.accuracy)}</td></tr>`);
  return `<div class="charts">
${draw("Loss", "loss")}
${draw("Accuracy", "accuracy")}
</div>
<details><summary>The test figures as a table</summary>
<table class="plain"><thead><tr><th scope="col">Epoch</th><th scope="col">Test loss</th><th scope="col">Test accuracy</th></tr></thead>
<tbody>${rows.join("\n")}</tbody></table></details>`;
}

function movingMean(points: readonly Point[], window: number): Point[] {
  let sum = 0;
  return points.map(({ x, y }, i) => {
    sum += y - (points[i - window]?.y ?? 0);
    return { x, y: sum / Math.min(i + 1, window) };
  });
}

function confusionTable(confusion: Report["confusion"]): string {
  const names = confusion.map((_, label) => CLASS_NAMES[label] ?? String(label));
  const rows = confusion.map((row, label) => {
    const total = row.reduce((sum, n) => sum + n, 0);
    const cells = row.map((n, predicted) => {
      const share = total === 0 ? 0 : n / total;
      const kind = n === 0 ? "none" : predicted === label ? "hit" : "miss";
      return `<td class="${kind}${predicted === label && share > 0.5 ? " deep" : ""}" style="--share:${share.toFixed(3)}">${n}</td>`;
    });
    const recall = total === 0 ? "–" : percent((row[label] ?? 0) / total);
    return `<tr><th scope="row">${escape(names[label] ?? "")}</th>${cells.join("")}<td class="recall">${recall}</td></tr>`;
  });
  return `<div class="wide" role="region" aria-label="Confusion matrix" tabindex="0"><table class="confusion">
<caption>Rows are what the images show, columns what the network said; the last column is the share it got right.</caption>
<thead><tr><td></td>${names.map((name) => `<th scope="col"><span>${escape(name)}</span></th>`).join("")}<th scope="col"><span>Right</span></th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody></table></div>`;
}

function gallery(title: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return "";
  const items = samples.map(({ pixels, label, predicted, probability }) => {
    const shows = CLASS_NAMES[label] ?? "";
    const said = CLASS_NAMES[predicted] ?? "";
    const text = label === predicted ? escape(said) : `<s>${escape(said)}</s> ${escape(shows)}`;
    return `<li class="${label === predicted ? "right" : "wrong"}">`
      + `<img src="${greyPng(pixels, SIDE)}" width="84" height="84" alt="${escape(`${shows}, taken for ${said}`)}">`
      + `<span>${text}</span><small>${percent(probability)} sure</small></li>`;
  });
  return `<h3>${escape(title)}</h3>\n<ul class="gallery">\n${items.join("\n")}\n</ul>\n`;
}

function programs({ programs }: Report): string {
  const blocks = programs.map(({ title, text }) => {
    const lines = text.trimEnd().split("\n").length;
    return `<details${lines <= 40 ? " open" : ""}><summary>${escape(title)} <small>${lines} lines</small></summary>\n<pre tabindex="0">${escape(text.trimEnd())}</pre></details>`;
  });
  return `<p>What was captured from the source of the example, and what differentiation made of it.</p>\n${blocks.join("\n")}`;
}

function settings({ settings }: Report): string {
  const rows = settings.map(([name, value]) => `<tr><th scope="row">${escape(name)}</th><td>${escape(value)}</td></tr>`);
  return `<table class="plain"><tbody>\n${rows.join("\n")}\n</tbody></table>`;
}
