import { gelu, layerNorm, ones, rmsNorm, softmax, type Tensor, tensor, tidy, zeros } from "@saccade/core";
import { AdamW } from "@saccade/core/optim";
import { meanSquare, scattered } from "./data.ts";
import { type Parameters, type Prepared, tensorLibraries, type Work, type WorkConfig } from "./work.ts";

/** Operands of 64 MiB: far more than a cache holds. */
const size = { rows: 16384, width: 1024 };

/** Of 256 MiB, which is more than the caches of large GPUs. */
const gpuSize = { rows: 65536, width: 1024 };

/** Times its operand that each reads and writes at least. */
const traffic = { copy: 2, add: 3, layerNorm: 2, rmsNorm: 2, softmax: 2, gelu: 2, adamw: 7 };
export type BandwidthOp = keyof typeof traffic;
const ops = Object.keys(traffic) as BandwidthOp[];

/** Ops that do little with much memory. What a copy reaches is measured beside them. */
export const bandwidth: Work = {
  name: "bandwidth",
  unit: "GB/s",
  rivals: tensorLibraries,
  configs: ops.map((op) => configOf(op, size)),
  gpu: ops.map((op) => configOf(op, gpuSize)),
  prepare(parameters, _, op) {
    const { rows, width } = parameters;
    const shape = [rows, width];
    const [x, y] = bandwidthData(parameters).map((values) => tensor(values, { shape }));
    if (op === "adamw") return adamw(x, y);
    const [gain, shift] = [ones([width]), zeros([width])];
    const variants: Readonly<Record<string, () => Tensor>> = {
      copy: () => x.copy(),
      add: () => x.add(y),
      layerNorm: () => layerNorm(x, gain, shift),
      rmsNorm: () => rmsNorm(x, gain),
      softmax: () => softmax(x),
      gelu: () => gelu(x),
    };
    const compute = variants[op ?? ""];
    return {
      call: () => tidy(() => void compute()),
      outputBytes: 4 * rows * width,
      check: () => tidy(() => compute().square().mean()).item(),
    };
  },
};

/** `x` and `y`: two matrices. */
export function bandwidthData({ rows, width }: Parameters): readonly Float32Array<ArrayBuffer>[] {
  return [0, 1].map((salt) => scattered(rows * width, salt));
}

/** One step over one large parameter; checked by the first step of another, small one. */
function adamw(parameter: Tensor, gradient: Tensor): Prepared {
  const optimizer = new AdamW([parameter], adamwOptions);
  return {
    call: () => optimizer.step([gradient]),
    async check() {
      const [start, slope] = bandwidthData({ rows: 10, width: 10 });
      const small = tensor(start);
      new AdamW([small], adamwOptions).step([tensor(slope)]);
      return meanSquare(await small.data());
    },
  };
}

const adamwOptions = { lr: 1e-2, betas: [0.9, 0.99], weightDecay: 0.1 } as const;

function configOf(op: BandwidthOp, { rows, width }: typeof size): WorkConfig {
  const amount = (traffic[op] * 4 * rows * width) / 1e9;
  return { name: op, parameters: { rows, width }, variant: op, amount };
}
