import { permute, type Tensor, tensor } from "@saccade/core";
import type { Backend, DType } from "@saccade/core/backend";
import { transposed } from "../cases/layouts.ts";
import { createElements } from "../values/elements.ts";
import { place, positionsOf } from "../values/place.ts";

/** Numbers to make a tensor of. */
export interface Numbers {
  readonly dtype: DType;
  /** Not widened, whatever the backend has. */
  readonly exactDtype?: DType;
  readonly shape: readonly number[];
  readonly numbers: Float64Array;
}

/** The widest float that a backend has. */
export function widestFloat(backend: Backend): "f64" | "f32" {
  return backend.dtypes.has("f64") ? "f64" : "f32";
}

/** A tensor; floats as wide as the backend has them. With `reversed`, memory holds its dimensions in the opposite order. */
export function makeTensor(
  backend: Backend,
  { dtype: said, exactDtype, shape, numbers }: Numbers,
  reversed: boolean,
): Tensor {
  const widened = said === "f32" || said === "f64" ? widestFloat(backend) : said;
  const dtype = exactDtype ?? widened;
  const elements = createElements(dtype, numbers.length);
  if (!reversed || shape.length < 2) {
    elements.set(numbers);
    return tensor(elements, { dtype, shape, backend });
  }
  const positions = positionsOf(place(shape, transposed(shape.length)));
  positions.forEach((position, i) => {
    elements[position] = numbers[i];
  });
  const axes = shape.map((_, d) => shape.length - 1 - d);
  return permute(tensor(elements, { dtype, shape: axes.map((d) => shape[d]), backend }), axes);
}
