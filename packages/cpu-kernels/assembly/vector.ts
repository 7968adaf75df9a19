/** Exports of the elementwise, reduction, normalisation and other vector kernels. */
export { fill } from "./fill";
