import { ArgumentError, type Backend, type ScoreProgram, type ScoreStep, scalar } from "@saccade/core";
import { BlockMask } from "./block-mask.ts";
import { captured } from "./captured.ts";
import { operandsOf } from "./program-builder.ts";
import { type MaskMod, type ScoreIndices, type ScoreMod, traceMods } from "./trace-mods.ts";

/** The functions of a spec. */
interface Functions {
  readonly scoreMod?: ScoreMod | null | undefined;
  readonly maskMod?: MaskMod | BlockMask | null | undefined;
}

/** Whose value stays where both operands grow alike, and whose grows with them. */
const compared: ReadonlySet<string> = new Set(["eq", "ne", "lt", "le", "gt", "ge"]);
const alike: ReadonlySet<string> = new Set(["maximum", "minimum"]);

/** How much a step grows where queries and keys are one place further; NaN: not by the same for all pairs. */
function growthOf(step: ScoreStep, growths: readonly number[]): number {
  if (step.op === "place" || step.op === "key") return 1;
  const own = operandsOf(step).map((operand) => growths[operand]);
  if (own.every((growth) => growth === 0)) return 0;
  const [first, second, third] = own;
  if (step.op === "add") return first + second;
  if (step.op === "sub") return first - second;
  if (step.op === "neg") return -first;
  if (compared.has(step.op)) return first === second ? 0 : Number.NaN;
  if (alike.has(step.op)) return first === second ? first : Number.NaN;
  if (step.op === "where") return first === 0 && second === third ? second : Number.NaN;
  return Number.NaN;
}

/** Whether a program might do something else where queries and keys are all so many places further. */
function knowsPlaces(program: ScoreProgram | null): boolean {
  const growths: number[] = [];
  for (const step of program?.steps ?? []) growths.push(growthOf(step, growths));
  return program?.results.some((result) => growths[result] !== 0) ?? false;
}

/**
 * A spec whose functions of scores see queries and keys `by` places further: those of keys of which a cache has forgotten
 * the first `by`. Functions of distances alone stay as they are, and as they are compiled.
 *
 * @throws ArgumentError for a block mask that is not of distances alone
 */
export function shiftedMods<Spec extends Functions>(spec: Spec, by: number, backend: Backend): Spec {
  const { scoreMod, maskMod } = spec;
  if (by === 0 || !(scoreMod || maskMod)) return spec;
  const maskFunction = maskMod instanceof BlockMask ? maskMod.maskMod : maskMod;
  const mods = traceMods({ scoreMod, maskMod: maskFunction })?.mods;
  const [score, mask] = [knowsPlaces(mods?.score ?? null), knowsPlaces(mods?.mask ?? null)];
  if (!score && !mask) return spec;
  if (mask && maskMod instanceof BlockMask) {
    throw new ArgumentError(
      `attention: the cache has forgotten the first ${by} keys, which a block mask does not know; give the function itself`,
    );
  }
  // A tensor, so that the program stays the same from step to step.
  const further = captured(scalar(by, { dtype: "i32", backend }));
  const moved = (at: ScoreIndices): ScoreIndices =>
    new Proxy(at, {
      get(from, name) {
        const index = from[name as keyof ScoreIndices];
        return name === "q" || name === "k" ? index.add(further()) : index;
      },
    });
  return {
    ...spec,
    ...(scoreMod && score ? { scoreMod: ((s, at) => scoreMod(s, moved(at))) satisfies ScoreMod } : {}),
    ...(maskFunction && mask ? { maskMod: ((at) => maskFunction(moved(at))) satisfies MaskMod } : {}),
  };
}
