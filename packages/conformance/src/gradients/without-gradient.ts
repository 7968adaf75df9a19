const mask = "its result is a mask: it jumps";
const integers = "integers have no derivatives";
const steps = "constant between its steps";
const source = "it has no tensor input";

/** The ops without a gradient, by design, each with its reason. An op that is meanwhile differentiable fails the walk. */
export const withoutGradient: Readonly<Record<string, string>> = {
  fill: source,
  iota: source,
  random: source,
  bitNot: integers,
  bitAnd: integers,
  bitOr: integers,
  bitXor: integers,
  shiftLeft: integers,
  shiftRight: integers,
  isFinite: mask,
  isInf: mask,
  isNan: mask,
  logicalNot: mask,
  logicalAnd: mask,
  logicalOr: mask,
  logicalXor: mask,
  eq: mask,
  ne: mask,
  lt: mask,
  le: mask,
  gt: mask,
  ge: mask,
  any: mask,
  all: mask,
  floorDiv: steps,
  truncDiv: steps,
  argReduce: "its result is an index",
  detach: "to be constant to gradients is its purpose",
  runningExtremum: "its callers gather the values by its indices, and that has a gradient",
};
