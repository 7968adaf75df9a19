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
import { modViews } from "./mods.ts";
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
  const dBias = attrs.biasGradient ? others[0] : null;
  const dSlopes = attrs.slopesGradient ? others[others.length - 1] : null;
  if (dBias) {
    // Tiles that nobody sees are not visited.
    map(launcher, { key: "zeros", inputs: [], output: dBias, expression: "0.0" });
  }
  const { widthChunks, valueChunks } = shapeOf(inputs, attrs);
  const forQueries = backwardLayout(launcher.facts, widthChunks, attrs.slopesGradient);
  const forKeys = backwardLayout(launcher.facts, Math.max(widthChunks, valueChunks), false);
  for (const writes of querySides(launcher, inputs, dq, { dBias, dSlopes })) {
    const name = Object.keys(writes).join(" ");
    pass(launcher, { name, inputs, writes, attrs, layout: forQueries, main: queryGradients }, [
      Math.ceil(T / forQueries.tileRows),
      H,
      B,
    ]);
  }
  pass(launcher, { name: "dk dv", inputs, writes: { dk, dv }, attrs, layout: forKeys, main: keyGradients }, [
    Math.ceil(S / forKeys.tileRows),
    K,
    B,
  ]);
}

/** What passes over the queries write: all at once, or one after the other where a shader cannot bind as much. */
function querySides(
  { limits }: Launcher,
  inputs: Inputs,
  dq: View,
  { dBias, dSlopes }: { readonly dBias: View | null; readonly dSlopes: View | null },
): readonly Readonly<Record<string, View>>[] {
  if (dBias === null && dSlopes === null) return [{ dq }];
  if (dBias === null) return [{ dq, dSlopes: dSlopes as View }];
  if (dSlopes === null) return [{ dq, dBias }];
  const bound = inputs.filter((view) => view !== null).length + 3;
  const together = bound <= limits.maxStorageBuffersPerShaderStage;
  return together
    ? [{ dq, dBias, dSlopes }]
    : [
        { dq, dBias },
        { dq, dSlopes },
      ];
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
  const [q, k, v, mask, bias, slopes, ranges, lse, delta, dOut, ...more] = inputs;
  const shape = shapeOf(inputs, attrs);
  const u = new Uniforms();
  setUniforms(u, inputs, attrs);
  const reads = { q, k, v, mask, bias, slopes, ranges, lse, delta, dOut, ...modViews(more, attrs, 2) };
  const operands = new Operands(u, reads, writes);
  launcher.launch({
    key: `attentionBackward ${name} ${keyOf(shape)}/${operands.key} ${layout.key}`,
    uniforms: u,
    reads: operands.reads,
    writes: operands.writes,
    source: () =>
      operands.declarations() +
      library(scoreLibrary(shape)) +
      scoreFunctions(shape, operands, 2) +
      slopeFunctions(shape, operands) +
      main(shape, layout, operands),
    workgroups,
  });
}
