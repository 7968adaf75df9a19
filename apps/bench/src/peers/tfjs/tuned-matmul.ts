import type { Tf, TfTensor } from "./tf.ts";

/** A product of two matrices, the second one transposed where that is asked for. */
export type MatMul = (tf: Tf, a: TfTensor, b: TfTensor, transposeB?: boolean) => TfTensor;

export const plainMatMul: MatMul = (tf, a, b, transposeB) => tf.matMul(a, b, false, transposeB);

/** Transposes matrices before they are multiplied, in the gradient too: as operands, they are slow in WebAssembly. */
export const tunedMatMul: MatMul = (tf, a, b, transposeB = false) =>
  transposeB ? product(tf, a, transposed(tf, b)) : product(tf, a, b);

function product(tf: Tf, a: TfTensor, b: TfTensor): TfTensor {
  return tf.customGrad<[TfTensor, TfTensor]>((a, b, save) => {
    save([a, b]);
    const gradFunc = (dy: TfTensor, [a, b]: readonly TfTensor[]): TfTensor[] => [
      tf.matMul(dy, transposed(tf, b)),
      tf.matMul(transposed(tf, a), dy),
    ];
    return { value: tf.matMul(a, b), gradFunc };
  })(a, b);
}

export function transposed(tf: Tf, x: TfTensor): TfTensor {
  return tf.transpose(x, [1, 0]);
}
