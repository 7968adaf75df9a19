import { expect, test } from "vitest";
import { heatLevel, heatLevels, heatStyles, weightBytes } from "./heat-scale.ts";

test("levels rise with the weight, from 0 to the last, and take what is out of range", () => {
  const levels = Array.from({ length: 101 }, (_, i) => heatLevel(i / 100));
  expect(levels[0]).toBe(0);
  expect(levels[100]).toBe(heatLevels);
  for (let i = 1; i < levels.length; i++) expect(levels[i]).toBeGreaterThanOrEqual(levels[i - 1]);
  expect([heatLevel(-1), heatLevel(2), heatLevel(Number.NaN)]).toEqual([0, heatLevels, 0]);
});

test("every level has a colour for light and dark, and lightness only falls, or only rises", () => {
  const rules = Array.from(
    heatStyles().matchAll(/\.w(\d+)\{background:light-dark\((#\w{6}),(#\w{6})\);fill:/g),
  );
  expect(rules.map(([, level]) => Number(level))).toEqual(
    Array.from({ length: heatLevels + 1 }, (_, i) => i),
  );
  for (let i = 1; i < rules.length; i++) {
    expect(luminance(rules[i][2])).toBeLessThan(luminance(rules[i - 1][2]));
    expect(luminance(rules[i][3])).toBeGreaterThan(luminance(rules[i - 1][3]));
  }
});

test("weights are kept to 1/508, and NaN is told apart", () => {
  const weights = Float32Array.from({ length: 1000 }, (_, i) => i / 999);
  const back = Array.from(Buffer.from(weightBytes(weights), "base64"), (byte) => byte / 254);
  expect(Math.max(...back.map((weight, i) => Math.abs(weight - weights[i])))).toBeLessThan(1 / 507);
  expect(weightBytes(Float32Array.of(-1, 2))).toBe(weightBytes(Float32Array.of(0, 1)));
  expect([...Buffer.from(weightBytes(Float32Array.of(Number.NaN)), "base64")]).toEqual([255]);
});

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => (Number.parseInt(hex.slice(at, at + 2), 16) / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
