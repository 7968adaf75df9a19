import type { MergeBuffer } from "./merge-buffer.ts";

/** Which neighbours merge, into what, and what goes first. */
export interface MergeRule {
  /** The rank of merging symbols `left` and `right` of the buffer (lower goes first), or -1. */
  rank(buffer: MergeBuffer, left: number, right: number): number;
  /** The id that a merge of this rank gives. */
  product(rank: number): number;
  /** Whether no two ranks have the same product: then a plain search for the lowest rank is right. */
  readonly distinctProducts: boolean;
}
