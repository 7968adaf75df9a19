import { expect, test } from "vitest";
import { metricsFigure } from "./metrics-figure.ts";

const points = [
  { step: 0, loss: 2.5, accuracy: 0 },
  { step: 50, loss: 1.25 },
  { step: 100, loss: 0.5, accuracy: 0.99 },
  { step: 200, loss: 0.25, accuracy: 0.985 },
];

test("draws both curves over their axes", () => {
  const html = metricsFigure(points);
  expect(html).toContain('<polyline points="0,167 250,583 500,833 1000,917"/>'); // the loss axis ends at 3
  expect(html).toContain('<polyline points="0,1000 500,10 1000,15"/>');
  expect(html).toContain("<span>3</span><span>2.25</span><span>1.5</span><span>0.75</span><span>0</span>");
  expect(html).toContain("<span>0</span><span>100</span><span>200</span>");
});

test("says in words what it draws", () => {
  const html = metricsFigure(points);
  expect(html).toContain('aria-label="Loss from 2.5 at step 0 to 0.25 at step 200"');
  expect(html).toContain('aria-label="Accuracy from 0 % at step 0 to 98.5 % at step 200"');
  expect(html).toContain("<dt>Best accuracy</dt><dd>99 %</dd>");
});

test("leaves out what was not measured or is not a number", () => {
  expect(metricsFigure([])).toBe("");
  expect(metricsFigure([{ step: 1, loss: Number.NaN }])).toBe("");
  const lossOnly = metricsFigure([{ step: 5, loss: 0 }]);
  expect(lossOnly).toContain('data-curve="loss"');
  expect(lossOnly).not.toContain('data-curve="accuracy"');
  expect(lossOnly).not.toMatch(/NaN|Infinity|undefined/);
});
