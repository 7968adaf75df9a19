import {
  ArgumentError,
  type Backend,
  getBackend,
  keep,
  type OptionNames,
  requireKnown,
  type ScoreProgram,
  ShapeError,
  type Tensor,
  tensor,
  tidy,
} from "@saccade/core";
import { cachedStates } from "./block-cache.ts";
import type { MaskSizes } from "./block-states.ts";
import { uses } from "./block-states.ts";
import { capturedBlockStates } from "./captured-block-states.ts";
import { type MaskMod, traceMods } from "./trace-mods.ts";

/** Sizes that a block mask is made for: without B and H, for all batch items and heads alike. */
export interface BlockMaskSizes {
  readonly B?: number;
  readonly H?: number;
  /** Queries. */
  readonly T: number;
  /** Keys. */
  readonly S: number;
}

/** Sequences as kernels see them: on the host, and on the backend. */
export interface HostRanges {
  readonly data: Int32Array;
  readonly tensor: Tensor;
}

/** Blocks of a mask program, in the current scope: by intervals where it reads no tensor, and else by asking. */
export function blocksOf(
  program: ScoreProgram,
  captured: readonly Tensor[],
  sizes: MaskSizes,
  ranges: HostRanges | null,
  backend: Backend,
): Tensor {
  if (uses(program, "load")) {
    return tidy(() => capturedBlockStates(program, captured, sizes, ranges?.tensor ?? null, backend));
  }
  const { states, shape } = cachedStates(program, sizes, ranges?.data ?? null);
  return tensor(states, { shape: [...shape], backend });
}

const sizeNames: OptionNames<BlockMaskSizes> = { B: true, H: true, T: true, S: true };
const optionNames: OptionNames<{ readonly backend?: Backend }> = { backend: true };

/**
 * A mask function and what is known of it before any score is: which blocks of 64 queries and 64 keys see nothing and are
 * never computed, which see everything, and which have to ask. Made by `createBlockMask`; goes in as `maskMod`. Owns
 * the blocks.
 */
export class BlockMask {
  readonly maskMod: MaskMod;
  readonly sizes: Readonly<Required<BlockMaskSizes>>;
  /** i32 `[1 or B, 1 or H, ceil(T / 64), ceil(S / 64)]`. 0: nothing is seen, 1: the function says, 2: everything. */
  readonly blocks: Tensor;
  private readonly program: ScoreProgram;
  private readonly reads: readonly number[];

  /** @internal */
  constructor(maskMod: MaskMod, sizes: Required<BlockMaskSizes>, backend: Backend) {
    const { program, captured } = programOf(maskMod);
    this.maskMod = maskMod;
    this.sizes = sizes;
    this.program = program;
    this.reads = captured.map(({ id }) => id);
    this.blocks = keep(tidy(() => blocksOf(program, captured, sizes, null, backend)));
  }

  /**
   * The blocks, for a call.
   *
   * @param captured  what functions of the call read, those of the mask first
   * @throws ShapeError if they are of other sizes; ArgumentError if the function does something else by now, or where
   *   queries are is said by sequences
   * @internal
   */
  blocksFor(program: ScoreProgram, captured: readonly Tensor[], sizes: MaskSizes, ranges: boolean): Tensor {
    const [B, H] = this.blocks.shape;
    const fits = (own: number, size: number): boolean => own === 1 || own === size;
    if (sizes.T !== this.sizes.T || sizes.S !== this.sizes.S || !fits(B, sizes.B) || !fits(H, sizes.H)) {
      throw new ShapeError(
        `attention: the block mask is of ${describeSizes(this.sizes)} (got ${describeSizes(sizes)})`,
      );
    }
    if (program.key !== this.program.key || this.reads.some((id, i) => id !== captured[i].id)) {
      throw new ArgumentError(
        "attention: the function of the block mask is another one by now: what it closes over has changed",
      );
    }
    if (ranges && uses(program, "place")) {
      throw new ArgumentError(
        "attention: with lengths or cuSeqlens, q is a place within a sequence, which a block mask does not know; give the function itself",
      );
    }
    return this.blocks;
  }

  /** The share of blocks that see nothing, and are not computed. */
  async sparsity(): Promise<number> {
    const states = await this.blocks.data();
    return states.length === 0 ? 0 : states.filter((state: number) => state === 0).length / states.length;
  }

  /** A picture: a character for each block, `█` where everything is seen, `▒` where the function says, `·` nothing. */
  async picture(): Promise<string> {
    const [, H, , columns] = this.blocks.shape;
    const grids = (await this.blocks.array()) as number[][][][];
    const draw = (rows: readonly number[][]): string =>
      rows.map((row) => row.map((state) => "·▒█"[state]).join("")).join("\n");
    if (columns === 0) return "";
    return grids
      .flatMap((heads, b) =>
        heads.map((rows, h) => (grids.length * H > 1 ? `b ${b}, h ${h}\n${draw(rows)}` : draw(rows))),
      )
      .join("\n\n");
  }

  /** Frees the blocks. */
  dispose(): void {
    this.blocks.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

const describeSizes = ({ B, H, T, S }: MaskSizes): string => `B=${B}, H=${H}, T=${T}, S=${S}`;

function programOf(maskMod: MaskMod): { program: ScoreProgram; captured: readonly Tensor[] } {
  const traced = traceMods({ maskMod });
  if (!traced?.mods.mask) throw new ArgumentError("createBlockMask: needs a mask function");
  return { program: traced.mods.mask, captured: traced.captured };
}

/**
 * Finds the blocks of a mask function once, for many calls. `attention` finds and keeps those of functions that read no
 * tensor itself; for one that reads tensors (which document a token is of) it asks for every pair at each call, and
 * with this does not. A function of batch item or head needs B or H. The captured numbers are those of now.
 *
 * @param sizes  `{ B?, H?, T, S }`
 * @returns whoever asked for it disposes of it
 * @throws ArgumentError for sizes that are no whole numbers, and for an option that is unknown
 * @see Dong et al. 2024, arXiv:2412.05496 (FlexAttention's block masks)
 * @example
 * using mask = createBlockMask(({ q, k }) => q.ge(k).logicalAnd(q.sub(k).lt(64)), { T: 256, S: 256 });
 * await mask.sparsity(); // => 0.5625
 * await mask.picture(); // => "▒···\n▒▒··\n·▒▒·\n··▒▒"
 * const x = randn(new Key(0), [1, 2, 256, 8]);
 * attention(x, x, x, { maskMod: mask }).shape; // => [1, 2, 256, 8]
 */
export function createBlockMask(
  maskMod: MaskMod,
  sizes: BlockMaskSizes,
  options: { readonly backend?: Backend } = {},
): BlockMask {
  requireKnown("createBlockMask", sizes, sizeNames);
  requireKnown("createBlockMask", options, optionNames);
  const { B = 1, H = 1, T, S } = sizes;
  for (const [name, size] of Object.entries({ B, H, T, S })) {
    if (Number.isInteger(size) && size >= 0) continue;
    throw new ArgumentError(`createBlockMask: ${name} must be a whole number (got ${size})`);
  }
  const { program } = programOf(maskMod);
  for (const [name, source] of [
    ["B", "batch"],
    ["H", "head"],
  ] as const) {
    // biome-ignore format: pairs
    if (sizes[name] !== undefined || !uses(program, source)) continue;
    throw new ArgumentError(`createBlockMask: the function is one of ${source}, and needs ${name}`);
  }
  return new BlockMask(maskMod, { B, H, T, S }, options.backend ?? getBackend());
}
