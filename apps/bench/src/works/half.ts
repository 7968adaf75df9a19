import { cast, type Tensor, tidy } from "@saccade/core";
import type { Parameters, WorkConfig } from "./work.ts";

/** The same config in f16: its operands are halves. */
export function inHalf(config: WorkConfig): WorkConfig {
  const { readBytes, ...rest } = config;
  return {
    ...rest,
    name: `${config.name} f16`,
    parameters: { ...config.parameters, half: 1 },
    ...(readBytes !== undefined && { readBytes: readBytes / 2 }),
  };
}

/** An operand of f32, in halves where the config says so; the wider one is disposed of then. */
export function operand(x: Tensor, { half = 0 }: Parameters): Tensor {
  if (half === 0) return x;
  const halved = tidy(() => cast(x, "f16"));
  x.dispose();
  return halved;
}
