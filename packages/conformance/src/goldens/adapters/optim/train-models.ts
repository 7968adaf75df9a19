import type { Tensor } from "@saccade/core";
import * as core from "@saccade/core";
import { SkipCase } from "../../skip.ts";
import { below, required, type TorchParameters } from "../torch/parameters.ts";
import { recurrent } from "../torch/recurrent.ts";
import { encoder, encoderDecoder } from "../torch/transformer.ts";

/** A model as a function of PyTorch's parameters and the inputs of the case. @returns logits, classes last */
export type TrainModel = (
  parameters: TorchParameters,
  inputs: Readonly<Record<string, Tensor>>,
  text: string,
) => Tensor;

const lookUp = (parameters: TorchParameters, index: Tensor, options: core.EmbeddingLookup = {}): Tensor =>
  core.embedding(index, required(parameters, "emb.weight"), options);
const linear = (x: Tensor, parameters: TorchParameters, name: string): Tensor =>
  core.linear(x, required(parameters, `${name}.weight`), parameters[`${name}.bias`] ?? null);
/** `pad 0` in the words of a model. */
const padding = (text: string): core.EmbeddingLookup => (/\(pad 0\)/.test(text) ? { paddingIdx: 0 } : {});

/** Embedding -> LSTM (or GRU) -> Linear. */
const recurrentTagger: TrainModel = (parameters, { x }, text) => {
  const kind = text.includes("LSTM") ? "lstm" : "gru";
  return linear(
    recurrent(kind, lookUp(parameters, x, padding(text)), below(parameters, `${kind}.`)).output,
    parameters,
    "out",
  );
};

/** Embedding -> biGRU -> softmax(q(tanh h)), pads at -1e9, as weights of a sum -> Linear. */
const attentivePooling: TrainModel = (parameters, { x }, text) => {
  const kind = text.includes("LSTM") ? "lstm" : "gru";
  const embedded = lookUp(parameters, x, padding(text));
  const h = recurrent(kind, embedded, below(parameters, `${kind}.`)).output; // [B, T, D]
  const scores = core.squeeze(linear(core.tanh(h), parameters, "q"), 2); // [B, T]
  const weights = core.softmax(core.maskedFill(scores, core.eq(x, 0), -1e9), 1);
  return linear(core.sum(core.mul(core.unsqueeze(weights, 2), h), 1), parameters, "out");
};

/** The options that the words of a Transformer name. `E` is the width. */
function layerConfig(text: string, embedDim: number) {
  const number = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? Number.NaN);
  return {
    embedDim,
    numHeads: number(/(\d+) heads/),
    feedForwardDim: number(/ff (\d+)E/) * embedDim,
    activation: /\bgelu\b/.test(text) ? ("gelu" as const) : ("relu" as const),
    normFirst: /norm_first|pre-norm/.test(text),
  };
}

/** Embedding + positions -> encoder, padding hidden -> mean over what is not padded -> Linear. */
const encoderClassifier: TrainModel = (parameters, { x }, text) => {
  const positions = core.narrow(required(parameters, "pos"), 0, 0, x.shape[1]);
  const embedded = core.add(lookUp(parameters, x, padding(text)), positions);
  const config = layerConfig(text, embedded.shape[2]);
  const h = encoder(embedded, below(parameters, "enc."), config, { padding: core.eq(x, 0) });
  const seen = core.unsqueeze(core.cast(core.ne(x, 0), h.dtype), 2);
  return linear(core.div(core.sum(core.mul(h, seen), 1), core.sum(seen, 1)), parameters, "out");
};

/** One embedding for source, target and output -> encoder and decoder. */
const translator: TrainModel = (parameters, { src, tgt_in }, text) => {
  const table = required(parameters, "emb.weight");
  const width = table.shape[1];
  const embed = (index: Tensor): Tensor => core.mul(lookUp(parameters, index), Math.sqrt(width));
  const length = tgt_in.shape[1];
  const ahead = core.triu(core.ones([length, length], { dtype: "u8", backend: table.backend }), 1);
  const h = encoderDecoder(embed(src), embed(tgt_in), below(parameters, "tr."), layerConfig(text, width), {
    source: {},
    target: { attention: ahead },
    memory: {},
  });
  return core.linear(h, table);
};

/** The names that parameters begin with, in order: `c1` of `c1.weight` and `c1.bias`. */
function layerNames(parameters: TorchParameters): string[] {
  return [...new Set(Object.keys(parameters).map((name) => name.slice(0, name.lastIndexOf("."))))];
}

/** Layers without parameters. */
const plainLayers: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  relu: core.relu,
  gelu: core.gelu,
  tanh: core.tanh,
  sigmoid: core.sigmoid,
  silu: core.silu,
  flatten: (x) => core.flatten(x, 1),
};

/** Layers as the words name them, one after the other: `Conv2d(1,4,3,pad1)->relu->maxpool2->...->flatten->Linear(54,5)`. */
const sequential: TrainModel = (parameters, { x }, text) => {
  const names = layerNames(parameters);
  return text.split("->").reduce((y, words) => {
    const layer = words.trim();
    const pool = /^(max|avg)pool(\d+)$/.exec(layer);
    if (pool) return (pool[1] === "max" ? core.maxPool2d : core.avgPool2d)(y, Number(pool[2]));
    if (plainLayers[layer]) return plainLayers[layer](y);
    const name = names.shift() ?? "";
    if (layer.startsWith("Linear")) return linear(y, parameters, name);
    const option = (pattern: RegExp, otherwise: number): number =>
      Number(pattern.exec(layer)?.[1] ?? otherwise);
    const options = { stride: option(/stride(\d+)/, 1), padding: option(/pad(\d+)/, 0) };
    const [weight, bias] = [required(parameters, `${name}.weight`), parameters[`${name}.bias`] ?? null];
    if (layer.startsWith("Conv2d")) return core.conv2d(y, weight, bias, options);
    if (layer.startsWith("Conv1d")) return core.conv1d(y, weight, bias, options);
    throw new SkipCase(`the model has a layer "${layer}", which is not known`);
  }, x);
};

const models: readonly { readonly named: RegExp; readonly model: TrainModel }[] = [
  { named: /^(Conv\d|Linear)/, model: sequential },
  { named: /nn\.Transformer/, model: translator },
  { named: /TransformerEncoder/, model: encoderClassifier },
  { named: /(GRU|LSTM).*softmax/, model: attentivePooling },
  { named: /LSTM|GRU/, model: recurrentTagger },
];

/** The model that words describe; null if they are not known. */
export function modelOf(text: string): TrainModel | null {
  return models.find(({ named }) => named.test(text))?.model ?? null;
}
