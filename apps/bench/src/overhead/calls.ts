import { MultiHeadAttention } from "@saccade/attention";
import { add, Key, layerNorm, linear, type Tensor, tensor, tidy, vjp } from "@saccade/core";
import { Gpt2 } from "../works/gpt2.ts";

/** Calls on tensors so small that what is timed is the way to the kernels. */
export interface TimedCall {
  readonly name: string;
  /** Calls of one run. */
  readonly count: number;
  readonly run: () => void;
}

/** Ops of a chain. */
const LINKS = 50;
const WIDTH = 16;
/** Elements that a cache holds before a token. */
const PAST = 8;

/** On the default backend. The names are those of `python/overhead.py`. */
export function timedCalls(): readonly TimedCall[] {
  const x = ramp(1, WIDTH);
  const [weight, square, row] = [ramp(WIDTH), ramp(WIDTH, WIDTH), ramp(WIDTH)];
  return [
    ...chain("add", [x, row], () => add),
    ...chain("linear", [x, square, row], () => linear),
    ...chain("layerNorm", [x, weight, row], () => layerNorm),
    attentionWithCache(),
  ];
}

/** A token of GPT-2 124M with a vocabulary of 1000: for devices that compute nothing. */
export function gpt2Token(): TimedCall {
  const model = new Gpt2({ layers: 12, heads: 12, width: 768, vocabulary: 1000, context: 512 });
  const caches = model.decoder.createCache({ batch: 1, maxLength: 512 });
  const prompt = tensor([new Array<number>(128).fill(0)], { dtype: "i32" });
  tidy(() => void model.forward(prompt, caches));
  const id = tensor([[1]], { dtype: "i32" });
  const run = (): void => {
    if (caches.length === 512) caches.truncate(128);
    tidy(() => void model.forward(id, caches));
  };
  return { name: "a token of GPT-2 124M, 160 calls of kernels", count: 1, run };
}

/** `y <- op(y, others)`, forward alone, and with gradients of all operands. */
function chain(
  name: string,
  operands: readonly [Tensor, ...Tensor[]],
  op: () => (...operands: [Tensor, Tensor, Tensor]) => Tensor,
): readonly TimedCall[] {
  const [x, ...others] = operands;
  const call = op();
  const links = (): Tensor => {
    let y = x;
    for (let i = 0; i < LINKS; i++) y = call(y, others[0], others[1]);
    return y;
  };
  return [
    { name, count: LINKS, run: () => tidy(() => void links()) },
    {
      name: `${name}, forward and backward`,
      count: LINKS,
      run: () => tidy(() => void vjp(() => [links()], operands, [x])),
    },
  ];
}

function attentionWithCache(): TimedCall {
  const attention = new MultiHeadAttention({ embedDim: WIDTH, numHeads: 2 }, { key: new Key(0) });
  const cache = attention.createCache({ batch: 1, maxLength: PAST + 1 });
  const token = ramp(1, 1, WIDTH);
  tidy(() => void attention.forward(ramp(1, PAST, WIDTH), { causal: true, cache }));
  const run = (): void => {
    cache.truncate(PAST);
    tidy(() => void attention.forward(token, { causal: true, cache }));
  };
  return { name: "MultiHeadAttention, a token with a cache", count: 1, run };
}

function ramp(...shape: number[]): Tensor {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return tensor(
    Float32Array.from({ length: size }, (_, i) => (i % 7) / 7 - 0.4),
    { shape },
  );
}
