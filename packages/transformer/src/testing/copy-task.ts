import { tensor } from "@saccade/core";
import { IGNORE_INDEX, type Seq2SeqBatch } from "../models/seq2seq-transformer.ts";

/** Targets that repeat their sources. Ids: 0 pads, 1 begins, 2 ends, what is copied counts from 3. */
export const copyTask = { pad: 0, start: 1, end: 2 } as const;

const padded = (row: readonly number[], length: number, value: number): number[] => [
  ...row,
  ...new Array<number>(length - row.length).fill(value),
];

/** A batch of rows of any lengths, in the current scope. */
export function copyBatch(rows: readonly (readonly number[])[]): Seq2SeqBatch {
  const { pad, start, end } = copyTask;
  const length = Math.max(...rows.map((row) => row.length));
  const i32 = { dtype: "i32" } as const;
  return {
    source: tensor(
      rows.map((row) => padded(row, length, pad)),
      i32,
    ),
    sourceMask: tensor(
      rows.map((row) =>
        padded(
          row.map(() => 1),
          length,
          0,
        ),
      ),
      { dtype: "u8" },
    ),
    input: tensor(
      rows.map((row) => padded([start, ...row], length + 1, pad)),
      i32,
    ),
    target: tensor(
      rows.map((row) => padded([...row, end], length + 1, IGNORE_INDEX)),
      i32,
    ),
  };
}

/** Frees a batch. */
export function disposeBatch(batch: Seq2SeqBatch): void {
  for (const part of [batch.source, batch.sourceMask, batch.input, batch.target]) part.dispose();
}
