import type { RegexNode } from "./node.ts";

/** What `\G` stands for in the JavaScript pattern: nothing where a search begins, and nowhere else. */
export type SearchStart = "here" | "never";

/**
 * The source of a JavaScript regular expression (flag `v`, no others that change matches) for a tree.
 *
 * Atomic groups and possessive quantifiers become a lookahead that captures, and a reference to what it
 * captured: JavaScript does not go back into a lookahead.
 */
export function emitPattern(node: RegexNode, searchStart: SearchStart): string {
  let atomics = 0;
  const emit = (node: RegexNode, isLast: boolean): string => {
    switch (node.type) {
      case "set":
        return node.set;
      case "sequence":
        return node.nodes
          .map((child, i) => emitOperand(child, isLast && i === node.nodes.length - 1))
          .join("");
      case "choice":
        return node.nodes.map((child) => emit(child, isLast)).join("|");
      case "repeat": {
        const { min, max, mode } = node;
        const body = `${emitGroup(node.node)}${quantifier(min, max)}`;
        if (mode === "lazy") return `${body}?`;
        // where nothing follows, nothing asks a quantifier to give back
        return mode === "greedy" || isLast ? body : atomic(body);
      }
      case "atomic":
        return isLast ? `(?:${emit(node.node, true)})` : atomic(emit(node.node, false));
      case "look":
        return `(?${node.behind ? "<" : ""}${node.negated ? "!" : "="}${emit(node.node, !node.behind)})`;
      case "start":
        return "^";
      case "end":
        return "$";
      case "searchStart":
        return searchStart === "here" ? "" : "[]";
    }
  };
  const emitOperand = (node: RegexNode, isLast: boolean): string =>
    node.type === "choice" ? `(?:${emit(node, isLast)})` : emit(node, isLast);
  const emitGroup = (node: RegexNode): string =>
    node.type === "set" ? node.set : `(?:${emit(node, false)})`;
  const atomic = (body: string): string => `(?=(?<a${atomics}>${body}))\\k<a${atomics++}>`;
  return emit(node, true);
}

function quantifier(min: number, max: number): string {
  if (min === 0 && max === 1) return "?";
  if (max !== Number.POSITIVE_INFINITY) return min === max ? `{${min}}` : `{${min},${max}}`;
  return min === 0 ? "*" : min === 1 ? "+" : `{${min},}`;
}
