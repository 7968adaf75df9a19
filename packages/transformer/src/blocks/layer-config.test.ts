import { ArgumentError } from "@saccade/core";
import { describe, expect, test } from "vitest";
import { checkLayerConfig, checkStackConfig } from "./layer-config.ts";

const layer = { embedDim: 8, numHeads: 2 };
const known =
  "activation, attention, bias, dropout, embedDim, feedForwardDim, layerNormEps, normFirst, numHeads";

describe("checkLayerConfig", () => {
  test("takes what is complete", () => {
    checkLayerConfig("f", layer);
    checkLayerConfig("f", {
      ...layer,
      feedForwardDim: 3,
      activation: "silu",
      dropout: 0.5,
      normFirst: true,
      layerNormEps: 0,
      bias: false,
    });
  });

  test.each<[object, string]>([
    [{ embedDim: 8.5 }, "embedDim must be a positive integer (got 8.5)"],
    [{ numHeads: 0 }, "numHeads must be a positive integer (got 0)"],
    [{ numHeads: 3 }, "embedDim 8 is not a multiple of numHeads 3"],
    [{ feedForwardDim: 0 }, "feedForwardDim must be a positive integer (got 0)"],
    [{ dropout: 1 }, "dropout must be in [0, 1) (got 1)"],
    [{ layerNormEps: -1 }, "layerNormEps must be finite and not negative (got -1)"],
    [{ layerNormEps: Number.NaN }, "layerNormEps must be finite and not negative (got NaN)"],
    [
      { activation: "swish" },
      'unknown activation "swish" (known: gelu, geluTanh, quickGelu, relu, sigmoid, silu, tanh)',
    ],
    [{ nhead: 2 }, `unknown option "nhead" (known: ${known})`],
    [{ numLayers: 2 }, `unknown option "numLayers" (known: ${known})`],
  ])("refuses %j", (wrong, message) => {
    expect(() => checkLayerConfig("f", { ...layer, ...wrong })).toThrow(new ArgumentError(`f: ${message}`));
  });
});

describe("checkStackConfig", () => {
  test("takes layers and a final norm", () => {
    checkStackConfig("f", { ...layer, numLayers: 1, finalNorm: true });
  });

  test.each<[object, string]>([
    [{ numLayers: 0 }, "numLayers must be a positive integer (got 0)"],
    [{ numLayers: 1, embedDim: 9 }, "embedDim 9 is not a multiple of numHeads 2"],
  ])("refuses %j", (wrong, message) => {
    expect(() => checkStackConfig("f", { ...layer, numLayers: 1, ...wrong })).toThrow(
      new ArgumentError(`f: ${message}`),
    );
  });
});
