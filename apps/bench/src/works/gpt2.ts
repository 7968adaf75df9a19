import { LearnedPositions } from "@saccade/attention";
import { Key, linear, noGrad, type Tensor, tensor, tidy, transpose } from "@saccade/core";
import { Embedding, Module } from "@saccade/core/nn";
import { TransformerEncoder } from "@saccade/transformer";
import { scattered } from "./data.ts";
import type { Parameters } from "./work.ts";

/** Arrays of the model of the `decode` work by the names that GPT-2's checkpoints give them; matrices are [in, out]. */
export type Gpt2Weights = Readonly<Record<string, Gpt2Weight>>;

export interface Gpt2Weight {
  readonly shape: readonly number[];
  /** What fixes its numbers, beside its shape. */
  readonly salt: number;
}

/** Shapes of all weights. Those of large tables are apart in their salts: more than one salt's numbers go into one. */
export function gpt2Weights({ layers, width, vocabulary, context }: Parameters): Gpt2Weights {
  const norm = (name: string): [string, number[]][] => [
    [`${name}.weight`, [width]],
    [`${name}.bias`, [width]],
  ];
  const product = (name: string, from: number, to: number): [string, number[]][] => [
    [`${name}.weight`, [from, to]],
    [`${name}.bias`, [to]],
  ];
  const layer = (i: number): [string, number[]][] => [
    ...norm(`h.${i}.ln_1`),
    ...product(`h.${i}.attn.c_attn`, width, 3 * width),
    ...product(`h.${i}.attn.c_proj`, width, width),
    ...norm(`h.${i}.ln_2`),
    ...product(`h.${i}.mlp.c_fc`, width, 4 * width),
    ...product(`h.${i}.mlp.c_proj`, 4 * width, width),
  ];
  const shapes: [string, number[]][] = [
    ["wte.weight", [vocabulary, width]],
    ["wpe.weight", [context, width]],
    ...Array.from({ length: layers }, (_, i) => layer(i)).flat(),
    ...norm("ln_f"),
  ];
  return Object.fromEntries(shapes.map(([name, shape], i) => [name, { shape, salt: i + 4 }]));
}

/** Around 0, around 1 for the gains of norms. */
export function gpt2Values(name: string, { shape, salt }: Gpt2Weight): Float32Array<ArrayBuffer> {
  const values = scattered(
    shape.reduce((a, b) => a * b),
    salt,
    0.03,
  );
  return /ln_.\.weight$/.test(name) ? values.map((value) => value + 1) : values;
}

/** Bytes of weights that one token reads: all but the embeddings, of which it needs a row, and the head. */
export function gpt2ReadBytes(config: Parameters): number {
  const sizes = Object.entries(gpt2Weights(config)).filter(([name]) => name !== "wpe.weight");
  return 4 * sizes.reduce((sum, [, { shape }]) => sum + shape.reduce((a, b) => a * b), 0);
}

/** GPT-2 of this library's blocks. `Gpt` has the exact GELU, GPT-2 the approximation by tanh. */
export class Gpt2 extends Module {
  readonly tokens: Embedding;
  readonly positions: LearnedPositions;
  readonly decoder: TransformerEncoder;

  constructor({ layers, heads, width, vocabulary, context }: Parameters) {
    super();
    const key = new Key(0);
    const stack = { embedDim: width, numLayers: layers, numHeads: heads, normFirst: true } as const;
    this.tokens = new Embedding(vocabulary, width, { key });
    this.positions = new LearnedPositions(context, width, { key });
    this.decoder = new TransformerEncoder({ ...stack, activation: "geluTanh" }, { key });
  }

  /** Logits behind the last of the ids, `[1, 1, vocabulary]`; what the caches hold comes before them. */
  forward(ids: Tensor, caches: ReturnType<TransformerEncoder["createCache"]>): Tensor {
    return tidy(() =>
      noGrad(() => {
        const embedded = this.positions.forward(this.tokens.forward(ids), caches.length);
        const hidden = this.decoder.forward(embedded, { causal: true, caches: caches.layers });
        return linear(hidden.narrow(1, ids.shape[1] - 1, 1), this.tokens.weight);
      }),
    );
  }

  /** Gives it the weights that all peers have: ours are [out, in], and queries, keys and values have one each. */
  load(config: Parameters): void {
    const weights = gpt2Weights(config);
    const get = (name: string): Tensor =>
      tensor(gpt2Values(name, weights[name]), { shape: weights[name].shape });
    const pairs = ["weight", "bias"] as const;
    tidy(() => {
      const state: Record<string, Tensor> = {
        "tokens.weight": get("wte.weight"),
        "positions.weight": get("wpe.weight"),
      };
      const put = (to: string, from: string): void => {
        for (const kind of pairs) {
          const value = get(`${from}.${kind}`);
          state[`${to}.${kind}`] = value.rank === 2 ? transpose(value) : value;
        }
      };
      for (let i = 0; i < config.layers; i++) {
        const [at, from] = [`decoder.layers.${i}`, `h.${i}`];
        put(`${at}.norm1`, `${from}.ln_1`);
        put(`${at}.norm2`, `${from}.ln_2`);
        put(`${at}.selfAttention.outProjection`, `${from}.attn.c_proj`);
        put(`${at}.feedForward.linear1`, `${from}.mlp.c_fc`);
        put(`${at}.feedForward.linear2`, `${from}.mlp.c_proj`);
        const qkv = pairs.map((kind) => get(`${from}.attn.c_attn.${kind}`));
        ["query", "key", "value"].forEach((name, part) => {
          const own = qkv.map((it) => it.narrow(it.rank - 1, part * config.width, config.width));
          state[`${at}.selfAttention.${name}Projection.weight`] = transpose(own[0]);
          state[`${at}.selfAttention.${name}Projection.bias`] = own[1];
        });
      }
      put("decoder.norm", "ln_f");
      this.loadStateDict(state);
    });
  }
}
