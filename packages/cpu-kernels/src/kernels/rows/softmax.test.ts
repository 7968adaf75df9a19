import { expect, test } from "vitest";
import { expectClose } from "../../testing/close.ts";
import { forEachConfiguration, forEachThreadCount, noise, readView, tensor } from "../../testing/harness.ts";
import { layouts } from "../../testing/layouts.ts";

function softmaxRow(row: readonly number[], log: boolean): number[] {
  const max = Math.max(...row);
  const shift = max === -Infinity ? 0 : max;
  const exps = row.map((x) => Math.exp(x - shift));
  const sum = exps.reduce((a, e) => a + e, 0);
  return log ? row.map((x) => x - shift - Math.log(sum)) : exps.map((e) => e / (sum === 0 ? 1 : sum));
}

function backwardRow(y: readonly number[], dy: readonly number[], log: boolean): number[] {
  if (log) {
    const sum = dy.reduce((a, d) => a + d, 0);
    return y.map((v, i) => dy[i] - Math.exp(v) * sum);
  }
  const sum = y.reduce((a, v, i) => a + v * dy[i], 0);
  return y.map((v, i) => v * (dy[i] - sum));
}

const rowsOf = (values: ArrayLike<number>, width: number) =>
  Array.from({ length: values.length / width }, (_, r) =>
    Array.from({ length: width }, (_, c) => values[r * width + c]),
  );

forEachConfiguration((create) => {
  test("softmax, log-softmax and their gradients: layouts and odd widths", async () => {
    const backend = await create();
    const { softmax, softmaxBackward } = backend.fused;
    for (const shape of [
      [1],
      [5],
      [0, 3],
      [3, 0],
      [7, 1],
      [3, 4],
      [2, 3, 17],
      [5, 33],
      [3, 2, 1000],
      [2, 9001],
    ]) {
      const width = shape[shape.length - 1];
      const size = shape.reduce((a, b) => a * b, 1);
      const values = noise(size, 3).map((x) => x * 30);
      const gradient = noise(size, 4);
      const xs = layouts(backend, "f32", shape, values);
      const gs = layouts(backend, "f32", shape, gradient);
      for (const log of [false, true]) {
        const want = width ? rowsOf(values, width).flatMap((row) => softmaxRow(row, log)) : [];
        const y32 = Float32Array.from(want);
        const ys = layouts(backend, "f32", shape, y32);
        const dWant = width
          ? rowsOf(y32, width).flatMap((y, r) => backwardRow(y, rowsOf(gradient, width)[r], log))
          : [];
        for (const [i, [name, x]] of xs.entries()) {
          const y = tensor(backend, "f32", shape);
          expect(softmax?.supports?.([x], { log })).toBe(true);
          softmax?.run([x], [y], { log });
          const what = `${log ? "log-" : ""}softmax ${name} [${shape}]`;
          expectClose(
            await readView(backend, y),
            want,
            log ? { atol: 4e-6, rtol: 3e-7 } : { atol: 1e-37, rtol: 6e-6 },
            what,
          );
          const dx = tensor(backend, "f32", shape);
          softmaxBackward?.run([ys[i][1], gs[(i * 2) % 5][1]], [dx], { log });
          expectClose(
            await readView(backend, dx),
            dWant,
            { atol: log ? 2e-4 : 1e-6, rtol: 1e-5 },
            `${what} backward`,
          );
        }
      }
    }
    await backend.dispose();
  }, 20_000);

  test("softmax: masked rows are zeros; NaN and +inf make their row NaN", async () => {
    const backend = await create();
    const width = 37;
    const values = noise(5 * width, 5);
    values.fill(-Infinity, 0, width);
    values.fill(-Infinity, width, width + 30);
    values[2 * width + 35] = Number.NaN;
    values[4 * width + 5] = Infinity;
    const x = tensor(backend, "f32", [5, width], values);
    const y = tensor(backend, "f32", [5, width]);
    backend.fused.softmax?.run([x], [y], { log: false });
    const got = rowsOf(await readView(backend, y), width);
    expect(got[0]).toEqual(new Array(width).fill(0));
    expectClose(got[1], softmaxRow(rowsOf(values, width)[1], false), { rtol: 1e-6 });
    expect(got[2].every(Number.isNaN)).toBe(true);
    expect(got[4].every(Number.isNaN)).toBe(true);
    expectClose(got[3], softmaxRow(rowsOf(values, width)[3], false), { rtol: 1e-6 });
    await backend.dispose();
  });
});

test("softmax: the same bits for any number of threads", async () => {
  const [first, ...others] = await forEachThreadCount(async (backend) => {
    const x = tensor(backend, "f32", [300, 257], noise(300 * 257));
    const y = tensor(backend, "f32", [300, 257]);
    const dx = tensor(backend, "f32", [300, 257]);
    backend.fused.softmax?.run([x], [y], { log: false });
    backend.fused.softmaxBackward?.run([y, x], [dx], { log: false });
    return [...(await readView(backend, y)), ...(await readView(backend, dx))];
  });
  for (const other of others) expect(other).toEqual(first);
});
