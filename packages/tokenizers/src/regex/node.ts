/**
 * A regular expression as a tree. Case, character classes and options are gone: what is left has one meaning.
 *
 * A `set` is one character out of a class, written as JavaScript writes classes in `v` mode: `[\p{L}--[a-z]]`.
 * `start` and `end` are those of the text; `searchStart` is where the search began (`\G`).
 */
export type RegexNode =
  | { readonly type: "set"; readonly set: string }
  | { readonly type: "sequence"; readonly nodes: readonly RegexNode[] }
  | { readonly type: "choice"; readonly nodes: readonly RegexNode[] }
  | {
      readonly type: "repeat";
      readonly node: RegexNode;
      readonly min: number;
      readonly max: number;
      readonly mode: RepeatMode;
    }
  | { readonly type: "atomic"; readonly node: RegexNode }
  | { readonly type: "look"; readonly node: RegexNode; readonly behind: boolean; readonly negated: boolean }
  | { readonly type: "start" }
  | { readonly type: "end" }
  | { readonly type: "searchStart" };

export type RepeatMode = "greedy" | "lazy" | "possessive";

export function sequence(nodes: readonly RegexNode[]): RegexNode {
  return nodes.length === 1 ? nodes[0]! : { type: "sequence", nodes };
}

/** The first of `nodes` that leads to a match. A choice between characters is one class. */
export function choice(nodes: readonly RegexNode[]): RegexNode {
  if (nodes.length === 1) return nodes[0]!;
  const sets = nodes.filter((node) => node.type === "set");
  if (sets.length === nodes.length) return set(`[${sets.map((node) => node.set).join("")}]`);
  return { type: "choice", nodes };
}

export function set(members: string): RegexNode {
  return { type: "set", set: members };
}

/** A zero-width condition on what follows (`behind: false`) or precedes. */
export function look(node: RegexNode, behind: boolean, negated: boolean): RegexNode {
  return { type: "look", node, behind, negated };
}

/** A character as class members write it; ASCII letters and digits as they are. */
export function escapeCodePoint(codePoint: number): string {
  const isPlain =
    (codePoint >= 0x30 && codePoint <= 0x39) ||
    (codePoint >= 0x41 && codePoint <= 0x5a) ||
    (codePoint >= 0x61 && codePoint <= 0x7a);
  return isPlain ? String.fromCodePoint(codePoint) : `\\u{${codePoint.toString(16)}}`;
}

/** The children of a node, for walks. */
export function children(node: RegexNode): readonly RegexNode[] {
  switch (node.type) {
    case "sequence":
    case "choice":
      return node.nodes;
    case "repeat":
    case "atomic":
    case "look":
      return [node.node];
    default:
      return [];
  }
}

/** Whether `test` holds for the node or one inside of it. */
export function some(node: RegexNode, test: (node: RegexNode) => boolean): boolean {
  return test(node) || children(node).some((child) => some(child, test));
}
