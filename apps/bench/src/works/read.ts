import { tensor, tidy } from "@saccade/core";
import { scattered } from "./data.ts";
import type { Work } from "./work.ts";

/** 512 MiB. */
const size = { rows: 2 ** 17, width: 1024 };

const config = { name: "sum of 512 MiB", parameters: size, amount: (4 * size.rows * size.width) / 1e9 };

/** A sum over far more than caches hold: how fast memory is read. It bounds what reads all its weights for every token. */
export const read: Work = {
  name: "read",
  unit: "GB/s",
  rivals: ["pytorch", "pytorch-cuda"],
  configs: [config],
  gpu: [config],
  prepare({ rows, width }) {
    const x = tensor(readData(rows * width), { shape: [rows, width] });
    return {
      call: () => tidy(() => void x.sum()),
      check: () => tidy(() => x.sum()).item(),
    };
  },
};

/** From 0 to 1: their sum is far from zero. */
function readData(count: number): Float32Array<ArrayBuffer> {
  const values = scattered(2 ** 16, 0).map((value) => value * 0.5 + 0.5);
  const all = new Float32Array(count);
  for (let at = 0; at < count; at += values.length) all.set(values.subarray(0, count - at), at);
  return all;
}
