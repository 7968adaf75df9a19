import {
  ArgumentError,
  add,
  type Backend,
  cast,
  concat,
  type DType,
  type Key,
  narrow,
  type Tensor,
} from "@saccade/core";
import { Module } from "@saccade/core/nn";
import type { AttentionSpec } from "../scaled-dot-product/attention-spec.ts";
import { type BucketOptions, RelativePositionBias } from "./relative-position-bias.ts";
import { type RotaryConfig, RotaryPositions, type RotaryTables } from "./rotary-positions.ts";

/** Positions that a layer of self-attention has of its own. All combine. */
export interface HeadPositionsConfig {
  /** Queries and keys are turned by their places: `true`, or how. `dim` is the width of a head unless given. */
  readonly rotary?: boolean | Partial<RotaryConfig> | undefined;
  /** A learned bias for each head and bucket of distances, as T5 has it: `true`, or how. */
  readonly relativePositions?: boolean | BucketOptions | undefined;
  /** Scores fall with the distance, by the published slopes of ALiBi. */
  readonly alibi?: boolean | undefined;
}

/** Queries and keys, `[B, H, T, E]` and `[B, K, S, E]`. */
interface QueriesAndKeys {
  readonly q: Tensor;
  readonly k: Tensor;
}

/** What positions are made for. */
interface HeadSizes {
  readonly heads: number;
  /** Of a head, or of the parts of one that are turned alike. */
  readonly width: number;
  readonly key: Key;
  readonly backend?: Backend | undefined;
}

/** Rotary positions, relative bias and ALiBi of a layer: what they do to queries and keys, and to how these attend. */
export class HeadPositions extends Module {
  readonly relativeBias: RelativePositionBias | null;
  readonly alibi: boolean;
  readonly #owner: string;
  readonly #rotary: RotaryPositions | null;
  /** Of what is turned. */
  readonly #width: number;
  /** Frequencies change with the length of the sequence: keys that are held are turned anew. */
  readonly #lengthDependent: boolean;

  /** @throws ArgumentError for an option that is unknown or out of range */
  constructor(owner: string, config: HeadPositionsConfig, { heads, width, key, backend }: HeadSizes) {
    super();
    const { rotary = false, relativePositions = false, alibi = false } = config;
    const options = rotary === true ? {} : rotary;
    this.#owner = owner;
    this.#width = width;
    this.#rotary = options ? new RotaryPositions({ dim: width, ...options }) : null;
    const { dim = 0, scaling } = this.#rotary?.config ?? {};
    if (dim > width) {
      throw new ArgumentError(`${owner}: rotary dim ${dim} is more than the width ${width} of a head`);
    }
    this.#lengthDependent = scaling?.ropeType === "dynamic" || scaling?.ropeType === "longrope";
    const buckets = relativePositions === true ? {} : relativePositions;
    this.relativeBias = buckets
      ? new RelativePositionBias({ ...buckets, numHeads: heads }, { key, ...(backend ? { backend } : {}) })
      : null;
    this.alibi = alibi;
  }

  /** What there is of positions, for messages; "" if nothing. */
  get kinds(): string {
    const kinds = { rotary: this.#rotary, relativePositions: this.relativeBias, alibi: this.alibi };
    return Object.entries(kinds)
      .flatMap(([name, one]) => (one ? [name] : []))
      .join(", ");
  }

  /** Tables for `forward` of layers with these positions, in a scope; null where layers make their own, or none. */
  tables(length: number, start: number, like: Tensor): RotaryTables | null {
    if (this.#rotary === null || (this.#lengthDependent && start > 0)) return null;
    return this.#rotary.tables({ length, start }, like);
  }

  /**
   * Queries and own keys as they go into a cache, or to attention.
   *
   * @param start  place of the first
   * @param tables  of these places, if they are made already
   */
  turn(q: Tensor, k: Tensor, start: number, tables?: RotaryTables | null): QueriesAndKeys {
    if (this.#rotary === null || this.#lengthDependent) return { q, k };
    const own = tables ?? this.#rotary.tables({ length: q.shape[2], start }, q);
    return { q: this.rotate(q, own), k: this.rotate(k, own) };
  }

  /** Queries and all keys that they attend to, whose last is at place `end - 1`. */
  turnHeld(q: Tensor, k: Tensor, end: number, tables?: RotaryTables | null): QueriesAndKeys {
    if (this.#rotary === null || !this.#lengthDependent) return { q, k };
    const [T, S] = [q.shape[2], k.shape[2]];
    const all = tables ?? this.#rotary.tables({ length: S, start: end - S }, q);
    const last = { cos: narrow(all.cos, 0, S - T, T), sin: narrow(all.sin, 0, S - T, T) };
    return { q: this.rotate(q, last), k: this.rotate(k, all) };
  }

  /** A spec with what positions add to scores. What a call says of ALiBi goes before what the layer has. */
  specOf<Spec extends AttentionSpec>(spec: Spec, queryLength: number, keyLength: number): Spec {
    const alibi = spec.alibi ?? (this.alibi ? true : null);
    const slopes = alibi === null ? spec : { ...spec, alibi };
    if (this.relativeBias === null) return slopes;
    const learned = this.relativeBias.forward(queryLength, keyLength);
    return { ...slopes, bias: spec.bias ? add(spec.bias, learned) : learned };
  }

  /** Heads of one sequence without a cache, turned, and how they attend. */
  place<Given extends QueriesAndKeys, Spec extends AttentionSpec>(
    heads: Given,
    spec: Spec,
  ): { readonly heads: Given; readonly spec: Spec } {
    this.checkSpec(spec);
    const T = heads.q.shape[2];
    const { q, k } = this.turn(heads.q, heads.k, 0);
    return { heads: { ...heads, ...this.turnHeld(q, k, T) }, spec: this.specOf(spec, T, T) };
  }

  /**
   * @throws ArgumentError for sequences whose queries and keys differ: their places would; and for packed or padded ones
   *   with a scaling that depends on the length
   */
  checkSpec({ lengths, cuSeqlens }: AttentionSpec): void {
    if (this.#rotary === null && this.relativeBias === null) return;
    for (const [name, given] of Object.entries({ lengths, cuSeqlens })) {
      if (given === undefined) continue;
      if (!("length" in given)) {
        throw new ArgumentError(
          `${this.#owner}: with ${this.kinds}, ${name} must be one list, of queries and keys alike (got ${Object.keys(given).join(" and ")})`,
        );
      }
      if (this.#lengthDependent) {
        const { ropeType } = this.#rotary?.config.scaling ?? {};
        throw new ArgumentError(
          `${this.#owner}: ${ropeType} scaling depends on the length of the sequence, which ${name} makes many; give one sequence at a time`,
        );
      }
    }
  }

  /** @throws ArgumentError if there are positions: two sequences have no common places */
  refuseCross(): void {
    const { kinds } = this;
    if (kinds === "") return;
    throw new ArgumentError(
      `${this.#owner}: positions (${kinds}) are places in one sequence: there are none across two`,
    );
  }

  /** Parts of a head that lie side by side are each turned. */
  private rotate(x: Tensor, tables: RotaryTables): Tensor {
    const rotary = this.#rotary;
    if (rotary === null) return x;
    const own = { cos: inDtype(tables.cos, x.dtype), sin: inDtype(tables.sin, x.dtype) };
    const [width, full] = [this.#width, x.shape[3]];
    if (full === width) return rotary.rotate(x, own);
    const parts = Array.from({ length: full / width }, (_, i) => narrow(x, 3, i * width, width));
    return concat(
      parts.map((part) => rotary.rotate(part, own)),
      3,
    );
  }
}

function inDtype(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : cast(x, dtype);
}

/** The part of a config that is about positions, and the rest. */
export function withoutPositions<Config extends HeadPositionsConfig>(
  config: Config,
): readonly [positions: HeadPositionsConfig, rest: Omit<Config, keyof HeadPositionsConfig>] {
  const { rotary, relativePositions, alibi, ...rest } = config;
  return [{ rotary, relativePositions, alibi }, rest];
}
