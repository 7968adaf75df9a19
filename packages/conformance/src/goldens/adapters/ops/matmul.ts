import * as core from "@saccade/core";
import type { AdapterTable } from "../table.ts";
import { expressionOr } from "./expression.ts";

/** Products of matrices. */
export const matmulOps: AdapterTable = {
  // One operand is multiplied with itself: x^T x.
  matmul: expressionOr(({ inputs: [a, b] }) => (b ? core.matmul(a, b) : core.matmul(core.transpose(a), a))),
  matmul_transposed: ({ inputs: [a, b], config }) =>
    core.matmul(
      config.boolean("transpose_a") ? core.transpose(a) : a,
      config.boolean("transpose_b") ? core.transpose(b) : b,
    ),
  linear: ({ inputs: [x, weight, bias] }) => core.linear(x, weight, bias ?? null),
  addmm: ({ inputs: [c, a, b], config }) =>
    core.addmm(c, a, b, { alpha: config.number("alpha", 1), beta: config.number("beta", 1) }),
  einsum: ({ inputs, config }) => core.einsum(config.string("equation"), ...inputs),
};
