import { bandwidthData } from "../../works/bandwidth.ts";
import { meanSquare } from "../../works/data.ts";
import type { Prepared } from "../../works/work.ts";
import type { Job } from "../peer.ts";
import { AdamW } from "./adamw.ts";
import { computes } from "./computes.ts";
import type { Jax, JaxArray } from "./jax.ts";

export function bandwidth(jax: Jax, { parameters, variant }: Job): Prepared {
  const { numpy: np, nn } = jax;
  const { rows, width } = parameters;
  const [x, y] = bandwidthData(parameters).map((values) => np.array(values, { shape: [rows, width] }));
  if (variant === "adamw") return adamw(jax, x, y);
  const gain = np.array(new Float32Array(width).fill(1), { shape: [width] });
  const shift = np.zeros([width]);
  const ops: Readonly<Record<string, (...xs: JaxArray[]) => JaxArray>> = {
    add: (x, y) => x.add(y),
    layerNorm: (x, gain, shift) => nn.standardize(x, -1, { epsilon: 1e-5 }).mul(gain).add(shift),
    rmsNorm(x, gain) {
      const square = np.mean(np.square(x.ref), -1, { keepdims: true });
      return x.div(np.sqrt(square.add(1e-5))).mul(gain);
    },
    softmax: (x) => nn.softmax(x, -1),
    gelu: (x) => nn.gelu(x, { approximate: false }),
  };
  if (variant === "copy")
    throw new Error("jax-js cannot copy: its arrays never change, and it compiles x + 0 to x");
  const operands = { add: [x, y], layerNorm: [x, gain, shift], rmsNorm: [x, gain] };
  const inputs = operands[variant as keyof typeof operands] ?? [x];
  return { ...computes(jax, ops[variant ?? ""], inputs), outputBytes: 4 * rows * width };
}

function adamw(jax: Jax, parameter: JaxArray, gradient: JaxArray): Prepared {
  const options = { lr: 1e-2, weightDecay: 0.1, betas: [0.9, 0.99] } as const;
  const optimizer = new AdamW(jax, [parameter], options);
  return {
    call: () => optimizer.step([gradient.ref]),
    async check() {
      const [start, slope] = bandwidthData({ rows: 10, width: 10 });
      const small = new AdamW(jax, [jax.numpy.array(start, { shape: [100] })], options);
      await small.step([jax.numpy.array(slope, { shape: [100] })]);
      return meanSquare(await small.parameters[0].ref.data());
    },
  };
}
