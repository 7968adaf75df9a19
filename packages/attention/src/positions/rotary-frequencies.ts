import { ArgumentError, type OptionNames, requireKnown } from "@saccade/core";

/**
 * How rotary frequencies are stretched to contexts longer than those of training, by the names that checkpoints have
 * for it (`rope_type`). `factor` is how many times as long the context is.
 */
export type RopeScaling =
  /** Positions divided by `factor` (Chen et al. 2023, arXiv:2306.15595). */
  | { readonly ropeType: "linear"; readonly factor: number }
  /**
   * The base grows with the length of the sequence beyond `originalMaxPositionEmbeddings` ("dynamic NTK"; Peng et al. 2023,
   * arXiv:2309.00071, section 3.3, which is `factor` 1). Other factors are as Hugging Face has them.
   */
  | {
      readonly ropeType: "dynamic";
      readonly factor: number;
      readonly originalMaxPositionEmbeddings: number;
    }
  /**
   * High frequencies stay, low ones are divided by `factor`, those between are mixed (Peng et al. 2023, arXiv:2309.00071,
   * sections 3.2 and 3.4). Between the bounds the mixture goes by pairs of features, as in the authors' code and Hugging
   * Face; that of the paper's equation 18 goes by turns.
   */
  | {
      readonly ropeType: "yarn";
      readonly factor: number;
      readonly originalMaxPositionEmbeddings: number;
      /** Turns in the original context above which a frequency stays; default 32. */
      readonly betaFast?: number;
      /** Turns below which it is divided; default 1. */
      readonly betaSlow?: number;
      /** Factor on cosines and sines; default `0.1 ln(factor) + 1`, or what `mscale` and `mscaleAllDim` say. */
      readonly attentionFactor?: number;
      readonly mscale?: number;
      readonly mscaleAllDim?: number;
      /** Whether the bounds of the mixture are rounded to whole dimensions; default true. */
      readonly truncate?: boolean;
    }
  /** As Llama 3.1 has it: by wavelength, in parts of the original context. */
  | {
      readonly ropeType: "llama3";
      readonly factor: number;
      readonly lowFreqFactor: number;
      readonly highFreqFactor: number;
      readonly originalMaxPositionEmbeddings: number;
    }
  /** A divisor for every frequency, one list up to the original context and one beyond it (Ding et al. 2024, arXiv:2402.13753). */
  | {
      readonly ropeType: "longrope";
      readonly shortFactor: readonly number[];
      readonly longFactor: readonly number[];
      readonly originalMaxPositionEmbeddings: number;
      readonly factor: number;
      /** Factor on cosines and sines; default `sqrt(1 + ln(factor) / ln(originalMaxPositionEmbeddings))`. */
      readonly attentionFactor?: number;
    };

/** Angular frequencies of the pairs, and the factor on their cosines and sines. */
export interface RotaryFrequencies {
  /** Radians per position, one for each pair of features. */
  readonly inverseFrequencies: Float64Array;
  readonly attentionFactor: number;
}

type ScalingOf<T extends RopeScaling["ropeType"]> = Extract<RopeScaling, { ropeType: T }>;

/** Numbers that a scaling cannot do without. */
const neededNumbers: Readonly<Record<RopeScaling["ropeType"], readonly string[]>> = {
  linear: ["factor"],
  dynamic: ["factor", "originalMaxPositionEmbeddings"],
  yarn: ["factor", "originalMaxPositionEmbeddings"],
  llama3: ["factor", "lowFreqFactor", "highFreqFactor", "originalMaxPositionEmbeddings"],
  longrope: ["factor", "originalMaxPositionEmbeddings"],
};

const common = { ropeType: true, factor: true, originalMaxPositionEmbeddings: true } as const;
const optionNames: { readonly [T in RopeScaling["ropeType"]]: OptionNames<ScalingOf<T>> } = {
  linear: { ropeType: true, factor: true },
  dynamic: common,
  yarn: {
    ...common,
    betaFast: true,
    betaSlow: true,
    attentionFactor: true,
    mscale: true,
    mscaleAllDim: true,
    truncate: true,
  },
  llama3: { ...common, lowFreqFactor: true, highFreqFactor: true },
  longrope: { ...common, shortFactor: true, longFactor: true, attentionFactor: true },
};

/**
 * `theta_i = base^(-2i/dim)`, stretched as `scaling` says.
 *
 * @param dim  rotated features, even
 * @param length  of the sequence, for scalings that depend on it
 * @throws ArgumentError for an odd dim, an unknown scaling, or a number out of range
 * @see Su et al. 2021, arXiv:2104.09864, equation 15; Hugging Face's `modeling_rope_utils.py` for the scalings
 * @example Array.from(rotaryFrequencies(4, 10000).inverseFrequencies); // => [1, 0.01]
 */
export function rotaryFrequencies(
  dim: number,
  base: number,
  scaling?: RopeScaling,
  length = 0,
): RotaryFrequencies {
  if (!Number.isInteger(dim) || dim < 2 || dim % 2 !== 0) {
    throw new ArgumentError(`rotary positions: dim must be even and at least 2 (got ${dim})`);
  }
  requirePositive("base", base);
  if (scaling === undefined) return { inverseFrequencies: plain(dim, base), attentionFactor: 1 };
  checkScaling(scaling, dim);
  switch (scaling.ropeType) {
    case "linear":
      return { inverseFrequencies: plain(dim, base).map((w) => w / scaling.factor), attentionFactor: 1 };
    case "dynamic":
      return { inverseFrequencies: dynamic(dim, base, scaling, length), attentionFactor: 1 };
    case "yarn":
      return { inverseFrequencies: yarn(dim, base, scaling), attentionFactor: yarnFactor(scaling) };
    case "llama3":
      return { inverseFrequencies: llama3(plain(dim, base), scaling), attentionFactor: 1 };
    case "longrope":
      return longrope(plain(dim, base), scaling, length);
  }
}

function plain(dim: number, base: number): Float64Array {
  return Float64Array.from({ length: dim / 2 }, (_, i) => base ** ((-2 * i) / dim));
}

function dynamic(dim: number, base: number, scaling: ScalingOf<"dynamic">, length: number): Float64Array {
  const { factor, originalMaxPositionEmbeddings: original } = scaling;
  const stretch = (factor * Math.max(length, original)) / original - (factor - 1);
  return plain(dim, base * stretch ** (dim / (dim - 2)));
}

function yarn(dim: number, base: number, scaling: ScalingOf<"yarn">): Float64Array {
  const {
    factor,
    originalMaxPositionEmbeddings: original,
    betaFast = 32,
    betaSlow = 1,
    truncate = true,
  } = scaling;
  // The pair that makes so many turns in the original context
  const pairOf = (turns: number): number =>
    (dim * Math.log(original / (turns * 2 * Math.PI))) / (2 * Math.log(base));
  const low = Math.max(0, truncate ? Math.floor(pairOf(betaFast)) : pairOf(betaFast));
  let high = Math.min(dim - 1, truncate ? Math.ceil(pairOf(betaSlow)) : pairOf(betaSlow));
  if (high === low) high += 0.001;
  return plain(dim, base).map((w, i) => {
    const divided = Math.min(1, Math.max(0, (i - low) / (high - low)));
    return (w / factor) * divided + w * (1 - divided);
  });
}

function yarnFactor({ factor, attentionFactor, mscale, mscaleAllDim }: ScalingOf<"yarn">): number {
  if (attentionFactor !== undefined) return attentionFactor;
  const scaleOf = (weight: number): number => (factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1);
  return mscale && mscaleAllDim ? scaleOf(mscale) / scaleOf(mscaleAllDim) : scaleOf(1);
}

function llama3(frequencies: Float64Array, scaling: ScalingOf<"llama3">): Float64Array {
  const { factor, lowFreqFactor: low, highFreqFactor: high, originalMaxPositionEmbeddings } = scaling;
  return frequencies.map((w) => {
    const turns = (originalMaxPositionEmbeddings * w) / (2 * Math.PI);
    if (turns < low) return w / factor;
    if (turns > high) return w;
    const kept = (turns - low) / (high - low);
    return (1 - kept) * (w / factor) + kept * w;
  });
}

function longrope(
  frequencies: Float64Array,
  scaling: ScalingOf<"longrope">,
  length: number,
): RotaryFrequencies {
  const { factor, originalMaxPositionEmbeddings: original, shortFactor, longFactor } = scaling;
  const divisors = length > original ? longFactor : shortFactor;
  const usual = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
  return {
    inverseFrequencies: frequencies.map((w, i) => w / divisors[i]),
    attentionFactor: scaling.attentionFactor ?? usual,
  };
}

function checkScaling(scaling: RopeScaling, dim: number): void {
  const { ropeType } = scaling;
  if (!Object.hasOwn(optionNames, ropeType)) {
    throw new ArgumentError(
      `rotary positions: unknown ropeType "${ropeType}" (known: ${Object.keys(optionNames).join(", ")})`,
    );
  }
  requireKnown(`rotary positions, ${ropeType}`, scaling, optionNames[ropeType] as OptionNames<RopeScaling>);
  for (const name of neededNumbers[ropeType]) {
    const value: unknown = Object.entries(scaling).find(([key]) => key === name)?.[1];
    if (typeof value === "number") continue;
    throw new ArgumentError(`rotary positions: ${ropeType} scaling needs ${name}, a number (got ${value})`);
  }
  for (const [name, value] of Object.entries(scaling)) {
    if (typeof value === "number") requirePositive(name, value);
  }
  if (ropeType === "llama3" && scaling.highFreqFactor <= scaling.lowFreqFactor) {
    throw new ArgumentError(
      `rotary positions: highFreqFactor must be above lowFreqFactor (got ${scaling.highFreqFactor}, ${scaling.lowFreqFactor})`,
    );
  }
  if (ropeType !== "longrope") return;
  for (const name of ["shortFactor", "longFactor"] as const) {
    const divisors: readonly number[] | undefined = scaling[name];
    if (divisors?.length === dim / 2 && divisors.every((value) => value > 0)) continue;
    throw new ArgumentError(
      `rotary positions: ${name} must be ${dim / 2} positive numbers for dim ${dim} (got ${divisors?.length ?? "none"})`,
    );
  }
}

function requirePositive(name: string, value: number): void {
  if (value > 0 && Number.isFinite(value)) return;
  throw new ArgumentError(`rotary positions: ${name} must be positive and finite (got ${value})`);
}
