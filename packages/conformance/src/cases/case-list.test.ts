import { expect, test } from "vitest";
import { allCases, kernelCases, kernelNames } from "./index.ts";

test("every case has a name of its own", () => {
  const names = allCases.map(({ kernel, name }) => `${kernel}: ${name}`);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

test("every kernel has cases of its own, empty and large ones among them", () => {
  for (const kernel of kernelNames) {
    const sizes = kernelCases[kernel].map(({ inputs, outputs }) =>
      Math.max(...[...inputs, ...outputs].map((it) => (it?.shape ?? []).reduce((n, size) => n * size, 1))),
    );
    const smallest = kernelCases[kernel].map(({ outputs }) =>
      outputs[0].shape.reduce((n, size) => n * size, 1),
    );
    expect(kernelCases[kernel].every((it) => it.kernel === kernel)).toBe(true);
    expect(Math.max(...sizes), `${kernel}: its largest case`).toBeGreaterThanOrEqual(8_000);
    if (kernel !== "sumSquares") expect(Math.min(...smallest), `${kernel}: its smallest case`).toBe(0);
  }
});
