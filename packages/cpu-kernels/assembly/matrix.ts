/** Exports of the matrix kernels. */
