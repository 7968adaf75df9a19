import { ShapeError } from "../errors.ts";
import { formatShape, sizeOf } from "../layout.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { add, mul } from "./arithmetic.ts";
import { layerNorm } from "./layer-norm.ts";
import { reshape } from "./reshape.ts";

/** `x weight + bias`, one number per channel (dimension 1). @internal */
export function scalePerChannel(name: string, x: Tensor, weight: Tensor | null, bias: Tensor | null): Tensor {
  const shape = [x.shape[1], ...x.shape.slice(2).map(() => 1)];
  for (const parameter of [weight, bias]) {
    if (parameter && (parameter.rank !== 1 || parameter.size !== shape[0])) {
      throw new ShapeError(
        `${name}: ${shape[0]} channels but weight or bias ${formatShape(parameter.shape)} (x ${formatShape(x.shape)})`,
      );
    }
  }
  const scaled = weight ? mul(x, reshape(weight, shape)) : x;
  return bias ? add(scaled, reshape(bias, shape)) : scaled;
}

/**
 * Normalises groups of channels: `(x - mean) / sqrt(var + eps)` over each sample's group, then `weight + bias` per channel.
 *
 * @param x  `[N, C, ...]`, float
 * @param groups  divides C
 * @param weight  `[C]`, or null
 * @param bias  `[C]`, or null
 * @throws ShapeError if groups do not divide the channels
 * @see Wu & He 2018, arXiv:1803.08494
 * @example groupNorm(tensor([[1, 3, 5, 5]]), 2); // => [[-1, 1, 0, 0]]
 */
export function groupNorm(
  x: Tensor,
  groups: number,
  weight: Tensor | null = null,
  bias: Tensor | null = null,
  options: { readonly eps?: number } = {},
): Tensor {
  return tidy(() => {
    if (x.rank < 2 || !Number.isInteger(groups) || groups < 1 || x.shape[1] % groups !== 0) {
      throw new ShapeError(`groupNorm: ${groups} groups do not divide the channels of ${x.describe()}`);
    }
    const [samples, channels] = x.shape;
    const width = (channels / groups) * sizeOf(x.shape.slice(2));
    const normal = layerNorm(reshape(x, [samples * groups, width]), null, null, { eps: options.eps ?? 1e-5 });
    return scalePerChannel("groupNorm", reshape(normal, x.shape), weight, bias);
  });
}
