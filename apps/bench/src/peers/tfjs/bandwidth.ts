import { bandwidthData } from "../../works/bandwidth.ts";
import { meanSquare } from "../../works/data.ts";
import type { Prepared } from "../../works/work.ts";
import type { Job } from "../peer.ts";
import { AdamW } from "./adamw.ts";
import { computes } from "./computes.ts";
import type { Tf, TfTensor } from "./tf.ts";

export function bandwidth(tf: Tf, { parameters, variant }: Job): Prepared {
  const { rows, width } = parameters;
  const [x, y] = bandwidthData(parameters).map((values) => tf.tensor(values, [rows, width]));
  if (variant === "adamw") return adamw(tf, x, y);
  const gain = tf.tensor(new Float32Array(width).fill(1), [width]);
  const shift = tf.tensor(new Float32Array(width), [width]);
  const ops: Readonly<Record<string, () => TfTensor>> = {
    copy: () => tf.add(x, 0), // its clone shares memory
    add: () => tf.add(x, y),
    layerNorm: () => tf.add(layerNorm(tf, x, gain), shift),
    rmsNorm() {
      return tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-5))), gain);
    },
    softmax: () => tf.softmax(x),
    gelu: () => gelu(tf, x),
  };
  return { ...computes(tf, ops[variant ?? ""]), outputBytes: 4 * rows * width };
}

export function layerNorm(tf: Tf, x: TfTensor, gain: TfTensor): TfTensor {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  return tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-5))), gain);
}

export function gelu(tf: Tf, x: TfTensor): TfTensor {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
}

function adamw(tf: Tf, parameter: TfTensor, gradient: TfTensor): Prepared {
  const options = { lr: 1e-2, weightDecay: 0.1, betas: [0.9, 0.99] } as const;
  const optimizer = new AdamW(tf, [parameter], options);
  return {
    call: () => optimizer.step([gradient]),
    async check() {
      const [start, slope] = bandwidthData({ rows: 10, width: 10 });
      const small = new AdamW(tf, [tf.tensor(start, [100])], options);
      small.step([tf.tensor(slope, [100])]);
      return meanSquare(small.parameters[0].dataSync());
    },
  };
}
