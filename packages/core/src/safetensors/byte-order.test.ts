import { describe, expect, it } from "vitest";
import { toFileOrder, viewAs } from "./byte-order.ts";

describe("viewAs", () => {
  it("shares aligned memory", () => {
    const bytes = Uint8Array.of(0, 0, 1, 2, 3, 4);
    const view = viewAs(Uint16Array, bytes.subarray(2));
    expect(Array.from(view)).toEqual([0x0201, 0x0403]);
    expect(view.buffer).toBe(bytes.buffer);
  });

  it("copies where it is not aligned", () => {
    const bytes = Uint8Array.of(0, 1, 2, 3, 4);
    const view = viewAs(Uint16Array, bytes.subarray(1));
    expect(Array.from(view)).toEqual([0x0201, 0x0403]);
    expect(view.buffer).not.toBe(bytes.buffer);
  });

  it("swaps in a copy on a big-endian host", () => {
    const bytes = Uint8Array.of(1, 2, 3, 4);
    expect(Array.from(viewAs(Uint16Array, bytes, false))).toEqual([0x0102, 0x0304]);
    expect(Array.from(viewAs(Uint32Array, bytes, false))).toEqual([0x01020304]);
    expect(Array.from(bytes)).toEqual([1, 2, 3, 4]);
  });
});

describe("toFileOrder", () => {
  it("shares the memory of the elements that it is given", () => {
    const values = Uint16Array.of(7, 0x0201, 9);
    const bytes = toFileOrder(values.subarray(1, 2));
    expect(Array.from(bytes)).toEqual([1, 2]);
    expect(bytes.buffer).toBe(values.buffer);
  });

  it("swaps in a copy on a big-endian host", () => {
    const values = Uint16Array.of(0x0201);
    expect(Array.from(toFileOrder(values, false))).toEqual([2, 1]);
    expect(Array.from(values)).toEqual([0x0201]);
  });
});
