/** Attention by its definition, in loops and f64: shares no line with what it checks. */
export interface DefinitionSizes {
  readonly B: number;
  readonly H: number;
  readonly K: number;
  readonly T: number;
  readonly S: number;
  readonly E: number;
  readonly Ev: number;
}

export interface DefinitionInputs {
  /** Row-major `[B, H, T, E]`, `[B, K, S, E]`, `[B, K, S, Ev]`. */
  readonly q: ArrayLike<number>;
  readonly k: ArrayLike<number>;
  readonly v: ArrayLike<number>;
  /** Default `1/sqrt(E)`. */
  readonly scale?: number;
  readonly softcap?: number | undefined;
  readonly visible?: (b: number, h: number, t: number, s: number) => boolean;
  readonly bias?: (b: number, h: number, t: number, s: number) => number;
  /** What a score becomes behind the bias. */
  readonly mod?: (score: number, b: number, h: number, t: number, s: number) => number;
  /** What is added to the denominator: `e^sink`. Default 0. */
  readonly sink?: (h: number) => number;
}

export interface DefinitionResult {
  /** `[B, H, T, Ev]` */
  readonly out: number[];
  /** `[B, H, T]` */
  readonly logSumExp: number[];
  /** `[B, H, T, S]` */
  readonly weights: number[];
}

export function attentionByDefinition(sizes: DefinitionSizes, inputs: DefinitionInputs): DefinitionResult {
  const { B, H, K, T, S, E, Ev } = sizes;
  const { q, k, v, scale = 1 / Math.sqrt(E), softcap, visible = () => true, bias = () => 0 } = inputs;
  const { sink = () => Number.NEGATIVE_INFINITY, mod = (score) => score } = inputs;
  const result: DefinitionResult = { out: [], logSumExp: [], weights: [] };
  for (let b = 0; b < B; b++) {
    for (let h = 0; h < H; h++) {
      const keyHead = b * K + Math.floor((h * K) / H);
      for (let t = 0; t < T; t++) {
        const scores = Array.from({ length: S }, (_, s) => {
          if (!visible(b, h, t, s)) return Number.NEGATIVE_INFINITY;
          let dot = 0;
          for (let e = 0; e < E; e++) dot += q[((b * H + h) * T + t) * E + e] * k[(keyHead * S + s) * E + e];
          const score = softcap ? softcap * Math.tanh((dot * scale) / softcap) : dot * scale;
          return mod(score + bias(b, h, t, s), b, h, t, s);
        });
        const total = scores.reduce((sum, score) => sum + Math.exp(score), Math.exp(sink(h)));
        const weights = scores.map((score) => (total === 0 ? 0 : Math.exp(score) / total));
        result.logSumExp.push(Math.log(total));
        result.weights.push(...weights);
        for (let e = 0; e < Ev; e++) {
          result.out.push(weights.reduce((sum, w, s) => sum + w * v[(keyHead * S + s) * Ev + e], 0));
        }
      }
    }
  }
  return result;
}
