/**
 * Programs of scalars: what a function of attention scores (`scoreMod`, `maskMod`) is traced into. Types only; part of
 * the Backend interface.
 *
 * A program is a list of steps, in an order in which each step reads only earlier ones. It runs once for each pair of a
 * query and a key. All values are numbers in f32 (f64 where q is): a comparison gives 1 or 0, and what is not 0 is true.
 */

/**
 * What a program starts from: the score; indices of batch item, head, key, and query (its row of q); and the query's place
 * among the keys, as causality has it: `query + S - T`, or what `ranges` say.
 */
export type ScoreSource = "score" | "batch" | "head" | "query" | "key" | "place";

/** Functions of one value; `UnaryName` of the same names say what they are. */
export type ScoreUnary =
  | "abs" | "ceil" | "cos" | "exp" | "floor" | "log" | "logicalNot" | "neg" | "reciprocal" | "relu" | "rsqrt"
  | "sigmoid" | "sign" | "sin" | "sqrt" | "square" | "tanh" | "trunc"; // biome-ignore format: a table reads better

/** Functions of two values; `BinaryName` of the same names say what they are (as of floats). */
export type ScoreBinary =
  | "add" | "sub" | "mul" | "div" | "floorDiv" | "remainder" | "pow" | "maximum" | "minimum"
  | "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "logicalAnd" | "logicalOr"; // biome-ignore format: a table reads better

/** One value. Numbers in it are indices of earlier steps. */
export type ScoreStep =
  | { readonly op: ScoreSource }
  | { readonly op: "constant"; readonly value: number }
  | { readonly op: ScoreUnary; readonly x: number }
  | { readonly op: ScoreBinary; readonly a: number; readonly b: number }
  /** `cond` is not 0 ? a : b */
  | { readonly op: "where"; readonly cond: number; readonly a: number; readonly b: number }
  /**
   * An element of captured tensor number `tensor`, with an index for each of its dimensions, truncated towards 0 (NaN
   * is 0, as in `cast`). What is outside the tensor is NaN (0 of i32), as `gather` has it.
   */
  | { readonly op: "load"; readonly tensor: number; readonly indices: readonly number[] };

export interface ScoreProgram {
  readonly steps: readonly ScoreStep[];
  /** Steps whose values are wanted. */
  readonly results: readonly number[];
  /** Equal for equal programs, and only for them: what kernels compiled from one are kept by. */
  readonly key: string;
}
