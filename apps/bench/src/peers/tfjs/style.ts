import { type Attend, composedAttend } from "./attention.ts";
import { tunedAttend } from "./tuned-attention.ts";
import { type MatMul, plainMatMul, tunedMatMul } from "./tuned-matmul.ts";

/** How a model is written. */
export interface Style {
  readonly attend: Attend;
  readonly matMul: MatMul;
}

/** As anyone would write it. */
export const plain: Style = { attend: composedAttend, matMul: plainMatMul };

/** In ways that users would have to find for themselves. */
export const tuned: Style = { attend: tunedAttend, matMul: tunedMatMul };
