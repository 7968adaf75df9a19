import type { ConvOptions, InterpolateMode } from "@saccade/core";
import * as core from "@saccade/core";
import { Config } from "../../config.ts";
import type { ModuleCall } from "../../module-case.ts";
import type { AdapterTable } from "../table.ts";
import { pair } from "./reduce.ts";

const windowOptions = (config: Config) => ({
  stride: config.numberOrNumbers("stride", 1),
  padding: config.numberOrNumbers("padding", 0),
  dilation: config.numberOrNumbers("dilation", 1),
});
/** `padding` may be "same" or "valid". */
const convOptions = (config: Config): ConvOptions => {
  const { padding } = config.values;
  const groups = config.number("groups", 1);
  if (padding !== "same" && padding !== "valid") return { ...windowOptions(config), groups };
  return { ...windowOptions(config.with({ padding: 0 })), groups, padding };
};
const transposeOptions = (config: Config) => ({
  ...windowOptions(config),
  groups: config.number("groups", 1),
  outputPadding: config.numberOrNumbers("output_padding", 0),
});
const kernel = (config: Config) => config.numberOrNumbers("kernel");
const poolOptions = (config: Config) => ({
  stride: config.numberOrNumbers("stride", kernel(config)),
  padding: config.numberOrNumbers("padding", 0),
  ceilMode: config.boolean("ceil_mode", false),
});
const maxPoolOptions = (config: Config) => ({
  ...poolOptions(config),
  dilation: config.numberOrNumbers("dilation", 1),
});
const avgPoolOptions = (config: Config) => ({
  ...poolOptions(config),
  countIncludePad: config.boolean("count_include_pad", true),
});

/** `config.output_size`; null keeps a size. */
function outputSize({ config, input }: ModuleCall): number | readonly number[] {
  const size = config.values.output_size;
  const space = input("x").shape.slice(2);
  return Array.isArray(size)
    ? new Config({ size: size.map((n, i) => n ?? space[i]) }).numbers("size")
    : config.number("output_size");
}
const x = ({ input }: ModuleCall) => input("x");
const layer = ({ input, optional }: ModuleCall) => [input("x"), input("weight"), optional("bias")] as const;

/** Convolution, pooling, resampling. */
export const convPoolOps: AdapterTable = {
  conv1d: (call) => core.conv1d(...layer(call), convOptions(call.config)),
  conv2d: (call) => core.conv2d(...layer(call), convOptions(call.config)),
  conv_transpose1d: (call) => core.convTranspose1d(...layer(call), transposeOptions(call.config)),
  conv_transpose2d: (call) => core.convTranspose2d(...layer(call), transposeOptions(call.config)),
  max_pool1d: (call) =>
    pair(core.maxPool1dWithIndices(x(call), kernel(call.config), maxPoolOptions(call.config))),
  max_pool2d: (call) =>
    pair(core.maxPool2dWithIndices(x(call), kernel(call.config), maxPoolOptions(call.config))),
  avg_pool1d: (call) => core.avgPool1d(x(call), kernel(call.config), avgPoolOptions(call.config)),
  avg_pool2d: (call) => core.avgPool2d(x(call), kernel(call.config), avgPoolOptions(call.config)),
  adaptive_avg_pool1d: (call) => core.adaptiveAvgPool1d(x(call), call.config.numberOrNumbers("output_size")),
  adaptive_avg_pool2d: (call) => core.adaptiveAvgPool2d(x(call), outputSize(call)),
  masked_mean_pool({ input }) {
    const weight = core.unsqueeze(core.cast(input("mask"), input("x").dtype), 2);
    return core.div(core.sum(core.mul(input("x"), weight), 1), core.sum(weight, 1));
  },
  interpolate: (call) =>
    core.interpolate(x(call), {
      mode: call.config.string("mode") as InterpolateMode, // the op checks it
      alignCorners: call.config.boolean("align_corners", false),
      ...(call.config.has("size") ? { size: call.config.numberOrNumbers("size") } : {}),
      ...(call.config.has("scale_factor")
        ? { scaleFactor: call.config.numberOrNumbers("scale_factor") }
        : {}),
    }),
  unfold: (call) => core.im2col(x(call), kernel(call.config), windowOptions(call.config)),
};
