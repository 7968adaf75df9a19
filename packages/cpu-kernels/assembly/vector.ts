/** Exports of the elementwise, reduction, normalisation and other vector kernels. */
export { fill } from "./fill";
export { FUNCTION, OUT as OUTPUTS, A as PARAMETERS, INT_A as INTEGER_PARAMETERS, OUT_SHIFT, OWN, INPUTS, PLAN } from "./elementwise/operands";
export { unary } from "./elementwise/unary";
