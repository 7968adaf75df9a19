import { ShapeError } from "../errors.ts";
import { formatShape, sizeOf } from "../layout.ts";
import { type ConvOptions, conv1d, conv2d } from "../ops/conv.ts";
import type { Key } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { type InitOptions, uniform } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

export interface ConvLayerOptions extends ConvOptions, InitOptions {
  readonly key: Key;
  /** Default true. */
  readonly bias?: boolean;
}

/** Weight `[out, in / groups, *kernel]` and bias `[out]`, uniform in `±1/sqrt(fanIn)` as in PyTorch. */
function convParameters(
  name: string,
  [inChannels, outChannels]: readonly [number, number],
  kernel: readonly number[],
  options: ConvLayerOptions,
): { weight: Parameter; bias: Parameter | null; convolution: ConvOptions } {
  const { key, bias = true, dtype = "f32", backend, ...convolution } = options;
  const groups = convolution.groups ?? 1;
  if (inChannels % groups !== 0 || outChannels % groups !== 0 || !kernel.every(Number.isInteger)) {
    const got = `${inChannels} -> ${outChannels} channels, ${groups} groups, kernel ${formatShape(kernel)}`;
    throw new ShapeError(
      `${name}: groups must divide the channels, and the kernel be of integers (got ${got})`,
    );
  }
  const shape = [outChannels, inChannels / groups, ...kernel];
  const fanIn = sizeOf(shape.slice(1));
  const bound = fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0;
  const where = backend ? { dtype, backend } : { dtype };
  return {
    weight: new Parameter(uniform(key.fold(0), shape, bound, where)),
    bias: bias ? new Parameter(uniform(key.fold(1), [outChannels], bound, where)) : null,
    convolution,
  };
}

/**
 * Convolution along one dimension.
 *
 * @throws ShapeError if groups do not divide the channels
 * @example
 * const conv = new Conv1d(3, 8, 5, { key: new Key(0), padding: 2, stride: 2 });
 * conv.forward(ones([1, 3, 10])).shape; // => [1, 8, 5]
 */
export class Conv1d extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly convolution: ConvOptions;

  constructor(inChannels: number, outChannels: number, kernelSize: number, options: ConvLayerOptions) {
    super();
    const made = convParameters("Conv1d", [inChannels, outChannels], [kernelSize], options);
    this.weight = made.weight;
    this.bias = made.bias;
    this.convolution = made.convolution;
  }

  /**
   * @param x  `[N, in, L]` or `[in, L]`
   * @returns `[N, out, L']` or `[out, L']`
   */
  forward(x: Tensor): Tensor {
    return conv1d(x, this.weight, this.bias, this.convolution);
  }
}

/**
 * Convolution of images.
 *
 * @throws ShapeError if groups do not divide the channels
 * @example
 * const patches = new Conv2d(3, 16, 4, { key: new Key(0), stride: 4 });
 * patches.forward(ones([1, 3, 8, 8])).shape; // => [1, 16, 2, 2]
 */
export class Conv2d extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly convolution: ConvOptions;

  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number | readonly [number, number],
    options: ConvLayerOptions,
  ) {
    super();
    const kernel = typeof kernelSize === "number" ? [kernelSize, kernelSize] : kernelSize;
    const made = convParameters("Conv2d", [inChannels, outChannels], kernel, options);
    this.weight = made.weight;
    this.bias = made.bias;
    this.convolution = made.convolution;
  }

  /**
   * @param x  `[N, in, H, W]` or `[in, H, W]`
   * @returns `[N, out, H', W']` or `[out, H', W']`
   */
  forward(x: Tensor): Tensor {
    return conv2d(x, this.weight, this.bias, this.convolution);
  }
}
