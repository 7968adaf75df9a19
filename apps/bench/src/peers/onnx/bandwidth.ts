import type { Parameters } from "../../works/work.ts";
import type { OnnxNode, PlainGraph } from "./model.ts";

const nodes: Readonly<Record<string, Omit<OnnxNode, "outputs">>> = {
  copy: { op: "Identity", inputs: ["x"] },
  add: { op: "Add", inputs: ["x", "x2"] },
  layerNorm: { op: "LayerNormalization", inputs: ["x", "gain", "shift"], ints: { axis: 1 } },
  rmsNorm: { op: "SimplifiedLayerNormalization", inputs: ["x", "gain"], ints: { axis: 1 } },
  softmax: { op: "Softmax", inputs: ["x"], ints: { axis: 1 } },
  gelu: { op: "Gelu", inputs: ["x"] },
};

/** One op of the `bandwidth` work. */
export function bandwidthGraph(op: string, { rows, width }: Parameters): PlainGraph {
  const node = nodes[op];
  const shapes: Readonly<Record<string, readonly number[]>> = {
    x: [rows, width],
    x2: [rows, width],
    gain: [width],
    shift: [width],
  };
  return {
    nodes: [{ ...node, outputs: ["y"] }],
    inputs: Object.fromEntries(node.inputs.map((name) => [name, shapes[name]])),
    outputs: { y: [rows, width] },
  };
}
