import { describe, expect, it } from "vitest";
import { lineChart, ticks } from "../../examples/fashion-mnist/report/chart.ts";
import { greyPng } from "../../examples/fashion-mnist/report/png.ts";
import { renderReport, type Report } from "../../examples/fashion-mnist/report/report.ts";
import { checkPage } from "./check-page.ts";

const pixels = Uint8Array.from({ length: 784 }, (_, i) => i % 256);
const report: Report = {
  settings: [["Data", "a <small> & \"odd\" set"]],
  steps: [1, 2, 3, 4].map((i) => ({ x: i / 2, loss: 3 / i, accuracy: 0.2 * i })),
  tests: [0, 1, 2].map((x) => ({ x, loss: 2 - x / 2, accuracy: 0.1 + 0.3 * x })),
  confusion: Array.from({ length: 10 }, (_, i) => Array.from({ length: 10 }, (_, j) => (i === j ? 7 : Number(i === 6 && j === 0) * 3))),
  right: [{ pixels, label: 1, predicted: 1, probability: 0.93 }],
  wrong: [{ pixels, label: 6, predicted: 0, probability: 0.71 }],
  programs: [{ title: "The loss", text: "a < b" }, { title: "Its gradient", text: "line\n".repeat(60) }],
};

describe("the report", () => {
  const html = renderReport(report);

  it("is a well-formed page that needs nothing but itself", () => {
    checkPage(html);
  });

  it("shows what it was given", () => {
    expect(html).toContain("<h1>70.0% of 73 test images right</h1>");
    expect(html).toContain("a &#60;small&#62; &#38; &#34;odd&#34; set");
    expect(html).toContain("a &#60; b");
    expect(html).toContain("From 2.000 before training to 1.000 on the test images.");
    expect(html).toContain('alt="Shirt, taken for T-shirt/top"');
    expect(html.match(/<img /g)).toHaveLength(2);
    expect(html.match(/<td class="hit/g)).toHaveLength(10);
    expect(html.match(/<td class="miss/g)).toHaveLength(1);
    expect(html).toContain("<details open><summary>The loss <small>1 lines");
    expect(html).toContain("<details><summary>Its gradient <small>60 lines");
  });

  it("does without training", () => {
    const untrained = renderReport({ ...report, steps: [], tests: report.tests.slice(0, 1), right: [] });
    checkPage(untrained);
    expect(untrained).not.toContain("<svg");
  });

  it("survives figures that are not finite", () => {
    const diverged = renderReport({ ...report, steps: report.steps.map((step) => ({ ...step, loss: NaN })), tests: report.tests.map((test) => ({ ...test, loss: Infinity })) });
    expect(diverged).not.toMatch(/(?:points|x|y|cx|cy)="[^"]*(?:NaN|Infinity)/);
  });
});

describe("a chart", () => {
  it("has round ticks around the range", () => {
    expect(ticks(0, 8, 8)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(ticks(0.31, 2.29, 6)).toEqual([0, 0.5, 1, 1.5, 2, 2.5]);
    expect(ticks(0.1, 0.88, 6)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks(3, 3, 5)).toEqual([2.4, 2.6, 2.8, 3, 3.2, 3.4, 3.6]);
    expect(ticks(NaN, NaN, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  });

  it("puts points where they belong", () => {
    const svg = lineChart({ title: "T", summary: "S.", x: "x", y: "y", series: [{ name: "a", look: "marked", points: [{ x: 0, y: 0 }, { x: 1, y: 1 }] }] });
    expect(svg).toContain('points="66.0,286.0 626.0,12.0"');
    expect(svg).toContain('aria-label="T. S."');
    expect(svg.match(/<circle/g)).toHaveLength(2);
  });
});

it("encodes an image as PNG", () => {
  const bytes = Buffer.from(greyPng(pixels, 28).replace("data:image/png;base64,", ""), "base64");
  expect(bytes.subarray(1, 4).toString()).toBe("PNG");
  expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20), bytes[24], bytes[25]]).toEqual([28, 28, 8, 0]);
  expect(bytes.subarray(-8, -4).toString()).toBe("IEND");
});
