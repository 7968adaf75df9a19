import { type Backend, Key, type Tensor } from "@saccade/core";
import type { Module } from "@saccade/core/nn";
import {
  TransformerDecoder,
  TransformerDecoderLayer,
  TransformerEncoder,
  TransformerEncoderLayer,
  type TransformerLayerConfig,
} from "@saccade/transformer";
import type { Config } from "../../config.ts";
import { functionalCall } from "./functional-call.ts";
import { ourMasks, type TorchMasks } from "./masks.ts";
import { below, countBelow, type TorchParameters } from "./parameters.ts";
import { decoderLayerParameters, encoderLayerParameters, stackParameters } from "./transformer-names.ts";

/** PyTorch's options of a layer as ours. */
export function layerConfigOf(config: Config): TransformerLayerConfig {
  const activation = config.string("activation", "relu");
  if (activation !== "relu" && activation !== "gelu") throw new Error(`config.activation is "${activation}"`);
  return {
    embedDim: config.number("d_model"),
    numHeads: config.number("nhead"),
    feedForwardDim: config.number("dim_feedforward", 2048),
    activation,
    normFirst: config.boolean("norm_first", false),
    layerNormEps: config.number("layer_norm_eps", 1e-5),
  };
}

/** Runs a module of the library on PyTorch's parameters, and frees it. */
function call<M extends Module>(
  module: M,
  tensors: Readonly<Record<string, Tensor>>,
  forward: (module: M) => Tensor,
): Tensor {
  try {
    return functionalCall(module, tensors, () => forward(module));
  } finally {
    module.dispose();
  }
}

const options = (backend: Backend) => ({ key: new Key(0), backend });

/** x `[B, T, D]` */
export function encoderLayer(
  x: Tensor,
  parameters: TorchParameters,
  config: TransformerLayerConfig,
  masks: TorchMasks,
): Tensor {
  const spec = ourMasks(masks, x.shape[0]);
  const module = new TransformerEncoderLayer(config, options(x.backend));
  return call(module, encoderLayerParameters(parameters), (layer) => layer.forward(x, spec));
}

/** x `[B, T, D]`; the last norm is there if its parameters are. */
export function encoder(
  x: Tensor,
  parameters: TorchParameters,
  config: TransformerLayerConfig,
  masks: TorchMasks,
): Tensor {
  const numLayers = countBelow(parameters, "layers.");
  const finalNorm = parameters["norm.weight"] !== undefined;
  const spec = ourMasks(masks, x.shape[0]);
  const module = new TransformerEncoder({ ...config, numLayers, finalNorm }, options(x.backend));
  return call(module, stackParameters(parameters, numLayers, encoderLayerParameters), (stack) =>
    stack.forward(x, spec),
  );
}

/** Masks on the target, and on the memory. */
export interface DecoderMasks {
  readonly target: TorchMasks;
  readonly memory: TorchMasks;
}

function decoderSpec(x: Tensor, { target, memory }: DecoderMasks) {
  const [own, other] = [ourMasks(target, x.shape[0]), ourMasks(memory, x.shape[0])];
  return { causal: false, mask: own.mask, bias: own.bias, memoryMask: other.mask, memoryBias: other.bias };
}

/** x `[B, T, D]`, memory `[B, S, D]` */
export function decoderLayer(
  x: Tensor,
  memory: Tensor,
  parameters: TorchParameters,
  config: TransformerLayerConfig,
  masks: DecoderMasks,
): Tensor {
  const spec = decoderSpec(x, masks);
  const module = new TransformerDecoderLayer(config, options(x.backend));
  return call(module, decoderLayerParameters(parameters), (layer) => layer.forward(x, memory, spec));
}

/** x `[B, T, D]`, memory `[B, S, D]`; the last norm is there if its parameters are. */
export function decoder(
  x: Tensor,
  memory: Tensor,
  parameters: TorchParameters,
  config: TransformerLayerConfig,
  masks: DecoderMasks,
): Tensor {
  const numLayers = countBelow(parameters, "layers.");
  const finalNorm = parameters["norm.weight"] !== undefined;
  const spec = decoderSpec(x, masks);
  const module = new TransformerDecoder({ ...config, numLayers, finalNorm }, options(x.backend));
  const tensors = stackParameters(parameters, numLayers, decoderLayerParameters);
  return call(module, tensors, (stack) => stack.forward(x, memory, spec));
}

/** nn.Transformer: the decoder attends to what the encoder gives. */
export function encoderDecoder(
  source: Tensor,
  target: Tensor,
  parameters: TorchParameters,
  config: TransformerLayerConfig,
  masks: DecoderMasks & { readonly source: TorchMasks },
): Tensor {
  const memory = encoder(source, below(parameters, "encoder."), config, masks.source);
  return decoder(target, memory, below(parameters, "decoder."), config, masks);
}
