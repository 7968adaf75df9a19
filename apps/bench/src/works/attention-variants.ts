import { type AttentionSpec, attention, captured } from "@saccade/attention";
import { Key, type Tensor, tensor, tidy, vjp } from "@saccade/core";
import { attentionCheck, attentionData } from "./attention.ts";
import { scattered } from "./data.ts";
import type { Parameters, Work, WorkConfig } from "./work.ts";

const heads = 8;
const width = 64;
const slopes = Array.from({ length: heads }, (_, h) => 2 ** -(h + 1));

/** What each adds to causal attention over T tokens; tensors are the caller's to dispose of. */
const options: Readonly<Record<string, (T: number) => AttentionSpec>> = {
  plain: () => ({}),
  "window 256": () => ({ window: 256 }),
  softcap: () => ({ softcap: 20 }),
  alibi: () => ({ alibi: true }),
  bias: (T) => ({ bias: tensor(scattered(T * T, 5), { shape: [T, T] }) }),
  mask: (T) => ({
    mask: tensor(
      Uint8Array.from({ length: T * T }, (_, i) => Number(i % 7 > 0)),
      { shape: [T, T] },
    ),
  }),
  sinks: () => ({ sinks: tensor(scattered(heads, 6)) }),
  dropout: () => ({ dropout: { p: 0.1, key: new Key(7) } }),
  lengths: (T) => ({ lengths: [T] }),
  "scoreMod relative": () => {
    const slope = captured(tensor(slopes));
    return { scoreMod: (score, { h, q, k }) => score.add(slope(h).mul(k.sub(q))) };
  },
  "scoreMod softcap": () => ({ scoreMod: (score) => score.div(20).tanh().mul(20) }),
  "maskMod window 256": () => ({ maskMod: ({ q, k }) => q.sub(k).le(256) }),
  "4 packed": (T) => ({ cuSeqlens: [0, 1, 2, 3, 4].map((n) => (n * T) / 4) }),
};

function configOf(T: number, variant: string, backward: number): WorkConfig {
  // As much as plain attention does, whatever is done: rates are to be compared.
  const amount = ((backward === 1 ? 7 : 2) * heads * T * T * width) / 1e9;
  return {
    name: `T ${T} causal ${variant}${backward === 1 ? " fwd+bwd" : ""}`,
    parameters: { heads, length: T, width, causal: 1, backward },
    variant,
    amount,
    ...(T > 2048 && { long: true }),
  };
}

/** What the options of attention cost beside plain causal attention. */
export const attentionVariants: Work = {
  name: "attention-variants",
  unit: "GFLOP/s",
  rivals: [],
  configs: [
    ...[0, 1].flatMap((backward) => Object.keys(options).map((variant) => configOf(1024, variant, backward))),
    ...[0, 1].flatMap((backward) =>
      ["plain", "window 256", "maskMod window 256"].map((variant) => configOf(8192, variant, backward)),
    ),
  ],
  gpu: [0, 1].flatMap((backward) => Object.keys(options).map((variant) => configOf(2048, variant, backward))),
  prepare(parameters: Parameters, _, variant = "plain") {
    const { backward, length } = parameters;
    const data = attentionData(parameters);
    const [q, k, v, dy] = data.operands.map((values) => tensor(values, { shape: data.shape }));
    const spec = { causal: true, ...options[variant](length) };
    const forward = (): Tensor => attention(q, k, v, spec);
    const results = (): readonly Tensor[] => {
      if (backward === 0) return [forward()];
      const { outputs, grads } = vjp(() => [forward()], [q, k, v], [dy]);
      return [...outputs, ...grads];
    };
    return {
      call: () => tidy(() => void results()),
      outputBytes: data.outputBytes,
      async check() {
        const tensors = tidy(results);
        const values = await Promise.all(tensors.map((it) => it.data()));
        for (const it of tensors) it.dispose();
        return attentionCheck(values);
      },
    };
  },
};
