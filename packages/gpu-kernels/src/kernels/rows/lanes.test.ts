import { expect, test } from "vitest";
import { lanesFor } from "./lanes.ts";

test("few lanes hold a row, as long as they have room", () => {
  expect(lanesFor(64, 1, false, 1024)).toEqual({ lanes: 8, group: 64, held: 2 });
  expect(lanesFor(768, 1, false, 1024)).toEqual({ lanes: 64, group: 64, held: 3 });
  expect(lanesFor(3072, 1, false, 1024)).toEqual({ lanes: 64, group: 64, held: 12 });
  expect(lanesFor(3072, 2, false, 1024)).toEqual({ lanes: 128, group: 128, held: 6 });
  expect(lanesFor(32768, 1, false, 1024)).toEqual({ lanes: 1024, group: 1024, held: 8 });
});

test("longer rows are not held, nor those of devices with small workgroups", () => {
  expect(lanesFor(50257, 1, false, 1024)).toEqual({ lanes: 256, group: 256, held: 0 });
  expect(lanesFor(32768, 1, false, 256)).toEqual({ lanes: 256, group: 256, held: 0 });
  expect(lanesFor(3072, 1, true, 1024)).toEqual({ lanes: 256, group: 256, held: 0 }); // read once
});

test("every row has room in what its lanes hold", () => {
  for (let width = 1; width <= 40000; width += 37) {
    const { lanes, held } = lanesFor(width, 2, false, 1024);
    if (held > 0) expect(4 * lanes * held).toBeGreaterThanOrEqual(width);
  }
});
