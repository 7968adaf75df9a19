import { TokenizerFormatError } from "../errors.ts";
import { CharacterSet } from "./character-set.ts";
import type { RegexNode } from "./node.ts";

/** What the instructions of a program do; `a` and `b` are their operands. */
export const Op = {
  /** Take a character of set `a`, going on. */
  Forward: 0,
  /** Take a character of set `a`, going back (in a lookbehind). */
  Backward: 1,
  /** Go on at `a`; if that fails, at `b`. */
  Split: 2,
  Jump: 3,
  /** Run what follows on its own; go on at `b` from where it began if it matched (`a` = 0) or did not (1). */
  Look: 4,
  /** Run what follows on its own; go on at `b` from where it ended. */
  Atomic: 5,
  Start: 6,
  End: 7,
  SearchStart: 8,
  Match: 9,
} as const;

/** A tree as instructions. Splits are numbered by `splitIndex`, so that each can remember where it failed. */
export interface Program {
  readonly ops: Uint8Array;
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly splitIndex: Int32Array;
  readonly splits: number;
  readonly sets: readonly CharacterSet[];
  /** Whether matches depend on where the search began. */
  readonly usesSearchStart: boolean;
}

const MAX_LENGTH = 50_000;

/** @throws TokenizerFormatError at `path` where counted repetitions would make the program too long */
export function compileProgram(node: RegexNode, path: string): Program {
  const ops: number[] = [];
  const a: number[] = [];
  const b: number[] = [];
  const sets = new Map<string, number>();

  const add = (op: number, first = 0, second = 0): number => {
    if (ops.length >= MAX_LENGTH) {
      throw new TokenizerFormatError(
        `${path}: the regular expression is too large to be matched in bounded time`,
        path,
      );
    }
    a.push(first);
    b.push(second);
    return ops.push(op) - 1;
  };
  const compile = (node: RegexNode, backward: boolean): void => {
    switch (node.type) {
      case "set": {
        if (!sets.has(node.set)) sets.set(node.set, sets.size);
        add(backward ? Op.Backward : Op.Forward, sets.get(node.set));
        return;
      }
      case "sequence":
        for (const child of backward ? node.nodes.toReversed() : node.nodes) compile(child, backward);
        return;
      case "choice":
        compileChoice(node.nodes, backward);
        return;
      case "repeat":
        compileRepeat(node, backward);
        return;
      case "atomic":
        compileApart(Op.Atomic, 0, node.node, backward);
        return;
      case "look":
        compileApart(Op.Look, node.negated ? 1 : 0, node.node, node.behind);
        return;
      case "start":
        add(Op.Start);
        return;
      case "end":
        add(Op.End);
        return;
      case "searchStart":
        add(Op.SearchStart);
        return;
    }
  };
  const compileApart = (op: number, first: number, node: RegexNode, backward: boolean): void => {
    const at = add(op, first);
    compile(node, backward);
    add(Op.Match);
    b[at] = ops.length;
  };
  const compileChoice = (nodes: readonly RegexNode[], backward: boolean): void => {
    const jumps: number[] = [];
    for (const [i, child] of nodes.entries()) {
      if (i === nodes.length - 1) {
        compile(child, backward);
        break;
      }
      const split = add(Op.Split);
      a[split] = ops.length;
      compile(child, backward);
      jumps.push(add(Op.Jump));
      b[split] = ops.length;
    }
    for (const jump of jumps) a[jump] = ops.length;
  };
  const compileRepeat = (node: RegexNode & { type: "repeat" }, backward: boolean): void => {
    if (node.mode === "possessive") {
      compileApart(Op.Atomic, 0, { ...node, mode: "greedy" }, backward);
      return;
    }
    const enter = (split: number, body: number, exit: number): void => {
      a[split] = node.mode === "lazy" ? exit : body;
      b[split] = node.mode === "lazy" ? body : exit;
    };
    for (let i = 0; i < node.min; i++) compile(node.node, backward);
    if (node.max === Number.POSITIVE_INFINITY) {
      const split = add(Op.Split);
      compile(node.node, backward);
      add(Op.Jump, split);
      enter(split, split + 1, ops.length);
      return;
    }
    const splits: number[] = [];
    for (let i = node.min; i < node.max; i++) {
      splits.push(add(Op.Split));
      compile(node.node, backward);
    }
    for (const split of splits) enter(split, split + 1, ops.length);
  };

  compile(node, false);
  add(Op.Match);
  let splits = 0;
  const splitIndex = Int32Array.from(ops, (op) => (op === Op.Split ? splits++ : -1));
  return {
    ops: Uint8Array.from(ops),
    a: Int32Array.from(a),
    b: Int32Array.from(b),
    splitIndex,
    splits,
    sets: Array.from(sets.keys(), (set) => new CharacterSet(set)),
    usesSearchStart: ops.includes(Op.SearchStart),
  };
}
