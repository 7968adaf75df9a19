import {
  ArgumentError,
  describeValue,
  type ScoreMods,
  type ScoreProgram,
  type ScoreSource,
  type Tensor,
} from "@saccade/core";
import { ScoreValue } from "./score-value.ts";
import { Trace, withTrace } from "./trace.ts";

/** Where a pair of a query and a key is. */
export interface ScoreIndices {
  /** Its batch item. */
  readonly b: ScoreValue;
  /** Its (query) head. */
  readonly h: ScoreValue;
  /** The query's place among the keys, as causality has it: with cached keys the same as without. */
  readonly q: ScoreValue;
  /** The key. */
  readonly k: ScoreValue;
  /** The query's row of the tensor q. */
  readonly i: ScoreValue;
}

/** What a score becomes. */
export type ScoreMod = (score: ScoreValue, indices: ScoreIndices) => ScoreValue;

/** Whether a query sees a key. */
export type MaskMod = (indices: ScoreIndices) => ScoreValue;

/** Programs of functions, and the tensors that their loads read. */
export interface TracedMods {
  readonly mods: ScoreMods;
  readonly captured: readonly Tensor[];
}

const sources: { readonly [N in keyof ScoreIndices]: ScoreSource } = {
  b: "batch",
  h: "head",
  q: "place",
  k: "key",
  i: "query",
};

/** The indices by name; any other name is an error. */
function indicesOf(trace: Trace): ScoreIndices {
  const indexOf = (source: ScoreSource): ScoreValue => new ScoreValue(trace, trace.builder.source(source));
  return new Proxy({} as ScoreIndices, {
    get(_, name) {
      if (Object.hasOwn(sources, name)) return indexOf(sources[name as keyof ScoreIndices]);
      throw new ArgumentError(
        `attention: ${trace.name} has the indices ${Object.keys(sources).join(", ")} (not ${String(name)})`,
      );
    },
  });
}

function traced(
  name: "scoreMod" | "maskMod",
  captured: Tensor[],
  fn: (trace: Trace) => ScoreValue,
): ScoreProgram {
  const trace = new Trace(name, captured);
  const result = withTrace(trace, () => fn(trace));
  if (!(result instanceof ScoreValue) || result.trace !== trace) {
    throw new ArgumentError(
      `attention: ${name} must return a value made of what it gets (got ${describeValue(result)})`,
    );
  }
  trace.finish(result.step);
  return trace.builder.build([result.step]);
}

/**
 * Runs functions of scores once, and gives what they do to each pair of a query and a key as programs, which backends
 * compile: `attention` does this itself. For those who write and test kernels.
 *
 * @returns null if there is no function
 * @throws ArgumentError for functions that do anything else than compute a value from what they get
 * @example
 * const traced = traceMods({ scoreMod: (s, { q, k }) => s.sub(q.sub(k).abs()) });
 * traced?.mods.score?.key; // => "score;place;key;sub 1 2;abs 3;sub 0 4|5"
 */
export function traceMods({
  scoreMod,
  maskMod,
}: {
  readonly scoreMod?: ScoreMod | null | undefined;
  readonly maskMod?: MaskMod | null | undefined;
}): TracedMods | null {
  if (!scoreMod && !maskMod) return null;
  const captured: Tensor[] = [];
  // The mask comes first: its program is then that of the function alone, which block masks hold it against.
  const mask = maskMod ? traced("maskMod", captured, (trace) => maskMod(indicesOf(trace))) : null;
  const score = scoreMod
    ? traced("scoreMod", captured, (trace) =>
        scoreMod(new ScoreValue(trace, trace.builder.source("score")), indicesOf(trace)),
      )
    : null;
  return { mods: { score, mask }, captured };
}
