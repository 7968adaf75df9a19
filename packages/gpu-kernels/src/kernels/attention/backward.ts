/**
 * Attention, backward (Dao et al. 2022, algorithm 4; Dao 2023): scores are computed again, from q, k and the
 * log-sum-exp.
 *
 * One idea: two passes, so that no two workgroups add to one place. The first keeps queries, walks over keys, and makes
 * dq (and the gradients of bias and slopes); the second keeps keys, walks over all queries of the heads that share them, and makes dk and dv.
 */
import type { FusedKernels, View } from "@saccade/core/backend";
import { library } from "../../wgsl/library.ts";
import { Uniforms } from "../../wgsl/uniforms.ts";
import type { Launcher } from "../launch.ts";
import { map } from "../map.ts";
import { keyGradients } from "./key-gradients.ts";
import { backwardLayout, type Layout } from "./plan.ts";
import { queryGradients } from "./query-gradients.ts";
import { scoreFunctions, scoreLibrary } from "./scores.ts";
import { type AttentionShape, keyOf, Operands, setUniforms, shapeOf } from "./shape.ts";
import { slopeFunctions } from "./slopes.ts";

type Inputs = Readonly<FusedKernels["attentionBackward"]["inputs"]>;
type Attrs = FusedKernels["attentionBackward"]["attrs"];

export function attentionBackward(
  launcher: Launcher,
  inputs: Inputs,
  [dq, dk, dv, ...others]: Readonly<FusedKernels["attentionBackward"]["outputs"]>,
  attrs: Attrs,
): void {
  const [q, k] = inputs;
  const [B, H, T] = q.shape;
  const [, K, S] = k.shape;
  const more: Record<string, View> = {
    ...(attrs.biasGradient ? { dBias: others[0] } : {}),
    ...(attrs.slopesGradient ? { dSlopes: others[others.length - 1] } : {}),
  };
  const { dBias } = more;
  if (dBias) {
    // Tiles that nobody sees are not visited.
    map(launcher, { key: "zeros", inputs: [], output: dBias, expression: "0.0" });
  }
  const { widthChunks, valueChunks } = shapeOf(inputs, attrs);
  const forQueries = backwardLayout(launcher.facts, widthChunks, attrs.slopesGradient);
  const forKeys = backwardLayout(launcher.facts, Math.max(widthChunks, valueChunks), false);
  const name = ["dq", ...Object.keys(more)].join(" ");
  pass(launcher, { name, inputs, writes: { dq, ...more }, attrs, layout: forQueries, main: queryGradients }, [
    Math.ceil(T / forQueries.tileRows),
    H,
    B,
  ]);
  pass(launcher, { name: "dk dv", inputs, writes: { dk, dv }, attrs, layout: forKeys, main: keyGradients }, [
    Math.ceil(S / forKeys.tileRows),
    K,
    B,
  ]);
}

interface Pass {
  readonly name: string;
  readonly inputs: Inputs;
  readonly writes: Readonly<Record<string, View>>;
  readonly attrs: Attrs;
  readonly layout: Layout;
  readonly main: (shape: AttentionShape, layout: Layout, operands: Operands) => string;
}

function pass(
  launcher: Launcher,
  { name, inputs, writes, attrs, layout, main }: Pass,
  workgroups: readonly [number, number, number],
): void {
  const [q, k, v, mask, bias, slopes, ranges, lse, delta, dOut] = inputs;
  const shape = shapeOf(inputs, attrs);
  const u = new Uniforms();
  setUniforms(u, inputs, attrs);
  const operands = new Operands(u, { q, k, v, mask, bias, slopes, ranges, lse, delta, dOut }, writes);
  launcher.launch({
    key: `attentionBackward ${name} ${keyOf(shape)}/${operands.key} ${layout.key}`,
    uniforms: u,
    reads: operands.reads,
    writes: operands.writes,
    source: () =>
      operands.declarations() +
      library(scoreLibrary(shape)) +
      scoreFunctions(shape, operands) +
      slopeFunctions(shape, operands) +
      main(shape, layout, operands),
    workgroups,
  });
}
