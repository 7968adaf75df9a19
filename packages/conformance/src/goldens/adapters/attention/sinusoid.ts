import { type SinusoidForm, sinusoidalPositions } from "@saccade/attention";
import type { Handler } from "../../context.ts";

const sinusoid =
  (form: SinusoidForm): Handler =>
  async (context) => {
    const { config } = context.golden;
    const options = { form, dtype: context.float, backend: context.backend };
    using table = sinusoidalPositions(config.number("length"), config.number("dim"), options);
    await context.check("out/pe", table);
  };

/** Tables of positions. */
export const sinusoidHandlers: Readonly<Record<string, Handler>> = {
  sinusoid_interleaved: sinusoid("interleaved"),
  sinusoid_concat_tensor2tensor: sinusoid("tensor2tensor"),
  sinusoid_concat_xl: sinusoid("transformer-xl"),
};
