/** Exports of the elementwise, reduction, normalisation and other vector kernels. */
export { fill } from "./fill";
export { FUNCTION, OUT as OUTPUTS, A as PARAMETERS, INT_A as INTEGER_PARAMETERS, OUT_SHIFT, OWN, INPUTS, PLAN } from "./elementwise/operands";
export { unary } from "./elementwise/unary";
export { binary } from "./elementwise/binary";
export { cast } from "./elementwise/cast";
export { copyContiguous, copyRuns, copyTransposed } from "./elementwise/copy";
export { iota } from "./elementwise/iota";
export { random } from "./elementwise/random";
export { where } from "./elementwise/where";
export { reduceColumns } from "./reduce/columns";
export { reduceRows } from "./reduce/rows";
export { gather } from "./indexing/gather";
export { scatterAdd } from "./indexing/scatter-add";
