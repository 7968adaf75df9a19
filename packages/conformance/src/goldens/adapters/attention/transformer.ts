import { type Tensor, transpose } from "@saccade/core";
import type { ModuleCall } from "../../module-case.ts";
import type { AdapterTable } from "../table.ts";
import type { TorchMasks } from "../torch/masks.ts";
import {
  decoder,
  decoderLayer,
  encoder,
  encoderDecoder,
  encoderLayer,
  layerConfigOf,
} from "../torch/transformer.ts";

/** `[T, B, D]` and `[B, T, D]`, into the other where sequences come first. */
function batchFirst({ config }: ModuleCall, x: Tensor): Tensor {
  return config.boolean("batch_first", false) ? x : transpose(x, 0, 1);
}

const masks = ({ optional }: ModuleCall, attention: readonly string[], padding: string): TorchMasks => ({
  attention: attention.map((name) => optional(name)).find((mask) => mask !== null) ?? null,
  padding: optional(padding),
});
const source = (call: ModuleCall) => masks(call, ["src_mask", "mask"], "src_key_padding_mask");
const target = (call: ModuleCall) => masks(call, ["tgt_mask"], "tgt_key_padding_mask");
const memory = (call: ModuleCall) => masks(call, ["memory_mask"], "memory_key_padding_mask");

type Compute = (call: ModuleCall, sequence: (name: string) => Tensor) => Tensor;

/** Sequences go in and come out as the case has them. */
const inEitherOrder = (compute: Compute) => (call: ModuleCall) =>
  batchFirst(
    call,
    compute(call, (name) => batchFirst(call, call.input(name))),
  );

/** PyTorch's Transformer modules, by ours. */
export const transformerOps: AdapterTable = {
  TransformerEncoderLayer: inEitherOrder((call, x) =>
    encoderLayer(x("src"), call.params, layerConfigOf(call.config), source(call)),
  ),
  TransformerEncoder: inEitherOrder((call, x) =>
    encoder(x("src"), call.params, layerConfigOf(call.config), source(call)),
  ),
  TransformerDecoderLayer: inEitherOrder((call, x) =>
    decoderLayer(x("tgt"), x("memory"), call.params, layerConfigOf(call.config), {
      target: target(call),
      memory: memory(call),
    }),
  ),
  TransformerDecoder: inEitherOrder((call, x) =>
    decoder(x("tgt"), x("memory"), call.params, layerConfigOf(call.config), {
      target: target(call),
      memory: memory(call),
    }),
  ),
  Transformer: inEitherOrder((call, x) =>
    encoderDecoder(x("src"), x("tgt"), call.params, layerConfigOf(call.config), {
      source: source(call),
      target: target(call),
      memory: memory(call),
    }),
  ),
};
