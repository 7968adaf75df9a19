import type { DType } from "../backend.ts";
import { getBackend } from "../default-backend.ts";
import { ArgumentError } from "../errors.ts";
import { defineOp, required, runOne } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import type { CreationOptions } from "./fill.ts";

interface IotaAttrs {
  readonly start: number;
  readonly step: number;
  readonly length: number;
  readonly dtype: DType;
}

const iotaOp = defineOp<[], IotaAttrs>("iota", {
  infer: (_, { length, dtype }) => [{ dtype, shape: [length] }],
  kernel: required("iota"),
  differentiable: false,
});

/**
 * `start, start + step, ...` up to, not including, `end`; i32 unless told otherwise.
 *
 * @throws ArgumentError if the step is 0 or leads away from `end`
 * @example const positions = arange(0, 5); // 0 1 2 3 4
 */
export function arange(start: number, end: number, step = 1, options: CreationOptions = {}): Tensor {
  if (step === 0 || (end - start) * step < 0 || !Number.isFinite(start + end + step)) {
    throw new ArgumentError(`arange: no finite steps of ${step} lead from ${start} to ${end}`);
  }
  const length = Math.max(0, Math.ceil((end - start) / step));
  return runOne(
    iotaOp,
    [],
    { start, step, length, dtype: options.dtype ?? "i32" },
    options.backend ?? getBackend(),
  );
}

/**
 * `count` evenly spaced numbers from `start` to `end`, both included.
 *
 * @example const x = linspace(-1, 2, 4); // -1 0 1 2
 */
export function linspace(start: number, end: number, count: number, options: CreationOptions = {}): Tensor {
  if (!Number.isInteger(count) || count < 0)
    throw new ArgumentError(`linspace: count must be a non-negative integer (got ${count})`);
  const step = count > 1 ? (end - start) / (count - 1) : 0;
  return runOne(
    iotaOp,
    [],
    { start, step, length: count, dtype: options.dtype ?? "f32" },
    options.backend ?? getBackend(),
  );
}
