import { narrow, type Tensor } from "@saccade/core";
import { required, type TorchParameters } from "./parameters.ts";

/** Parameters under our paths. */
type OurParameters = Record<string, Tensor>;

function under(path: string, tensors: OurParameters): OurParameters {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`${path}${name}`, tensor]));
}

/** `weight` and (where there is one) `bias` of a layer of the same name. */
function layer(parameters: TorchParameters, from: string, to: string = from): OurParameters {
  const named: OurParameters = {};
  for (const name of ["weight", "bias"]) {
    const tensor = parameters[`${from}.${name}`];
    if (tensor) named[`${to}.${name}`] = tensor;
  }
  return named;
}

/** One matrix of three projections, as views of it. */
function attentionParameters(parameters: TorchParameters, from: string, to: string): OurParameters {
  const weight = required(parameters, `${from}.in_proj_weight`);
  const bias = parameters[`${from}.in_proj_bias`];
  const width = weight.shape[1];
  const named = layer(parameters, `${from}.out_proj`, `${to}.outProjection`);
  ["queryProjection", "keyProjection", "valueProjection"].forEach((name, i) => {
    named[`${to}.${name}.weight`] = narrow(weight, 0, i * width, width);
    if (bias) named[`${to}.${name}.bias`] = narrow(bias, 0, i * width, width);
  });
  return named;
}

/** What an encoder layer and a decoder layer have in common. */
function commonParameters(parameters: TorchParameters): OurParameters {
  return {
    ...attentionParameters(parameters, "self_attn", "selfAttention"),
    ...layer(parameters, "linear1", "feedForward.linear1"),
    ...layer(parameters, "linear2", "feedForward.linear2"),
    ...layer(parameters, "norm1"),
    ...layer(parameters, "norm2"),
  };
}

/** The parameters of nn.TransformerEncoderLayer under our paths. */
export function encoderLayerParameters(parameters: TorchParameters): OurParameters {
  return commonParameters(parameters);
}

/** The parameters of nn.TransformerDecoderLayer under our paths. */
export function decoderLayerParameters(parameters: TorchParameters): OurParameters {
  return {
    ...commonParameters(parameters),
    ...attentionParameters(parameters, "multihead_attn", "crossAttention"),
    ...layer(parameters, "norm3"),
  };
}

/** The parameters of a stack: its layers, and its last norm if it has one. */
export function stackParameters(
  parameters: TorchParameters,
  count: number,
  ofLayer: (parameters: TorchParameters) => OurParameters,
): OurParameters {
  const named = layer(parameters, "norm");
  for (let i = 0; i < count; i++) {
    const path = `layers.${i}.`;
    const own = Object.entries(parameters).filter(([name]) => name.startsWith(path));
    Object.assign(
      named,
      under(
        path,
        ofLayer(Object.fromEntries(own.map(([name, tensor]) => [name.slice(path.length), tensor]))),
      ),
    );
  }
  return named;
}
