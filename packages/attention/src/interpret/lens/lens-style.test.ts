import { expect, test } from "vitest";
import { heatColors, heatLevels } from "../render/heat-scale.ts";
import { contrast, inkStyles } from "./lens-style.ts";

test("contrast is 21 between black and white and 1 between equals", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 10);
  expect(contrast("#3a97b0", "#3a97b0")).toBe(1);
});

test("text can be read on every step of colour, light and dark", () => {
  const rules = [...inkStyles().matchAll(/td\.w(\d+)\{color:light-dark\((#\w{6}),(#\w{6})\)\}/g)];
  expect(rules.length).toBe(heatLevels + 1);
  for (const [, level, light, dark] of rules) {
    const [onLight, onDark] = heatColors(Number(level));
    expect(contrast(light, onLight)).toBeGreaterThan(4.5); // level AA of WCAG
    expect(contrast(dark, onDark)).toBeGreaterThan(4.5);
  }
});
