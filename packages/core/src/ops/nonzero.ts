import { broadcastShapes, contiguousStrides } from "../layout.ts";
import { read } from "../read.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { take } from "./advanced-index.ts";
import { expand } from "./expand.ts";
import { indexTensor } from "./index-tensor.ts";

/**
 * Where elements are not 0, in row-major order: for `take`, also under gradients. Waits for the backend, because the
 * number of them is data.
 *
 * @returns i32 `[count]`, positions in row-major order
 * @example await flatNonzero(tensor([[0, 2], [3, 0]])); // => [1, 2]
 */
export async function flatNonzero(x: Tensor): Promise<Tensor> {
  const { backend } = x;
  const values = await read(x);
  const positions: number[] = [];
  values.forEach((value, i) => {
    if (value !== 0) positions.push(i);
  });
  return indexTensor(positions, backend);
}

/**
 * The indices of elements that are not 0, in row-major order. Waits for the backend, because their number is data.
 *
 * @returns i32 `[count, rank]`
 * @example await nonzero(tensor([[0, 2], [3, 0]])); // => [[0, 1], [1, 0]]
 */
export async function nonzero(x: Tensor): Promise<Tensor> {
  const { backend, shape } = x;
  const strides = contiguousStrides(shape);
  const values = await read(x);
  const rows: number[] = [];
  let count = 0;
  values.forEach((value, at) => {
    if (value === 0) return;
    count++;
    shape.forEach((size, d) => {
      rows.push(Math.floor(at / strides[d]) % size);
    });
  });
  return indexTensor(rows, backend, [count, shape.length]);
}

/**
 * The elements where the mask is not 0, in row-major order. Waits for the backend, because their number is data; inside
 * a function that is differentiated, use `take` with a `flatNonzero` from before.
 *
 * @param mask  broadcasts with x
 * @returns `[count]`
 * @throws ShapeError if the shapes do not broadcast
 * @example await maskedSelect(tensor([1, 2, 3]), tensor([1, 0, 1], { dtype: "u8" })); // => [1, 3]
 */
export async function maskedSelect(x: Tensor, mask: Tensor): Promise<Tensor> {
  const shape = broadcastShapes("maskedSelect", x.shape, mask.shape);
  // Handles of their own: the caller's scope may end while the mask is read.
  const held = tidy(() => [expand(x, shape).share(), expand(mask, shape).share()]);
  const [source, chosen] = held;
  try {
    const positions = await flatNonzero(chosen);
    held.push(positions);
    return tidy(() => take(source, positions));
  } finally {
    for (const handle of held) handle.dispose();
  }
}
