import { children, type RegexNode, some } from "./node.ts";

/** More repetitions than this count as unbounded. */
const FEW = 255;

/**
 * Whether JavaScript's own matcher, which tries one way after the other, may not be used for a tree.
 *
 * It might take exponential time where something that matches in more than one way is repeated, and time that
 * grows with the third power where three repetitions follow each other. In doubt the answer is yes: the
 * matcher that remembers where it failed is right for every pattern, only slower. (Atomic groups in a
 * lookbehind come out wrong in JavaScript, which reads those backwards; and so do optional things that can be
 * empty, of which it wants to see at least one character.)
 */
export function needsMemory(node: RegexNode): boolean {
  return (
    some(node, (inner) => inner.type === "repeat" && inner.max > 1 && !isRigid(inner.node)) ||
    some(node, (inner) => inner.type === "repeat" && inner.min < inner.max && canBeEmpty(inner.node)) ||
    longRepeats(node) >= 3 ||
    hasLateSearchStart(node, true) ||
    some(node, (inner) => inner.type === "look" && inner.behind && some(inner.node, isAtomic))
  );
}

/** Whether a tree matches in one way at most, whatever the text. */
function isRigid(node: RegexNode): boolean {
  switch (node.type) {
    case "choice":
      return false;
    case "sequence":
      return node.nodes.every(isRigid);
    case "repeat":
      return node.min === node.max && isRigid(node.node);
    default:
      return true;
  }
}

/**
 * Whether a tree repeats, without bound, something that can be empty before it is anything else, like `(a??)*`:
 * Oniguruma then leaves the repetition, and memory of what failed cannot tell.
 */
export function repeatsEmptyFirst(node: RegexNode): boolean {
  return some(node, (inner) => {
    if (inner.type !== "repeat" || inner.max !== Number.POSITIVE_INFINITY || !canBeEmpty(inner.node))
      return false;
    return some(
      inner.node,
      (part) => part.type === "choice" || (part.type === "repeat" && part.mode === "lazy"),
    );
  });
}

function canBeEmpty(node: RegexNode): boolean {
  switch (node.type) {
    case "set":
      return false;
    case "sequence":
      return node.nodes.every(canBeEmpty);
    case "choice":
      return node.nodes.some(canBeEmpty);
    case "repeat":
      return node.min === 0 || canBeEmpty(node.node);
    case "atomic":
      return canBeEmpty(node.node);
    default:
      return true;
  }
}

/** Whether `\G` stands where something may have been matched before it: only at the beginning is it rewritten. */
function hasLateSearchStart(node: RegexNode, isFirst: boolean): boolean {
  switch (node.type) {
    case "searchStart":
      return !isFirst;
    case "sequence":
      return node.nodes.some((child, i) => hasLateSearchStart(child, isFirst && i === 0));
    case "repeat":
      return hasLateSearchStart(node.node, isFirst && node.max <= 1);
    case "look":
      return hasLateSearchStart(node.node, isFirst && !node.behind);
    default:
      return children(node).some((child) => hasLateSearchStart(child, isFirst));
  }
}

/** The number of long repetitions on the way through a tree that has most of them. */
function longRepeats(node: RegexNode): number {
  switch (node.type) {
    case "sequence":
      return node.nodes.reduce((sum, child) => sum + longRepeats(child), 0);
    case "choice":
      return Math.max(0, ...node.nodes.map(longRepeats));
    case "repeat":
      return longRepeats(node.node) + (node.max > FEW && node.max !== node.min ? 1 : 0);
    case "atomic":
    case "look":
      return longRepeats(node.node);
    default:
      return 0;
  }
}

function isAtomic(node: RegexNode): boolean {
  return node.type === "atomic" || (node.type === "repeat" && node.mode === "possessive");
}
