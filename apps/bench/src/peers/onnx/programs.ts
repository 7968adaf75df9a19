import { attentionData } from "../../works/attention.ts";
import { bandwidthData } from "../../works/bandwidth.ts";
import { meanSquare, patterned } from "../../works/data.ts";
import { dispatchData } from "../../works/dispatch.ts";
import type { Parameters, Prepared } from "../../works/work.ts";
import type { Programs } from "../host.ts";
import type { Job } from "../peer.ts";
import { swapHeads } from "../swap-heads.ts";
import { attentionGraph } from "./attention.ts";
import { bandwidthGraph } from "./bandwidth.ts";
import { decode } from "./decode.ts";
import { type OnnxNode, onnxModel, type PlainGraph } from "./model.ts";
import type { Ort, OrtOptions } from "./ort.ts";

type Data = Readonly<Record<string, Float32Array>>;
/** Of a graph, whose check is a number. */
type Run = Omit<Prepared, "check"> & { check(): Promise<number> };
type Open = (graph: PlainGraph, data: Data, options?: Partial<OrtOptions>) => Promise<Run>;

export function onnxPrograms(ort: Ort, common: OrtOptions): Programs {
  const open: Open = (graph, data, options) => runs(ort, { ...common, ...options }, graph, data);
  return {
    matmul: ({ parameters }) => matmul(open, parameters),
    attention: ({ parameters }) => attention(open, parameters),
    bandwidth: (job) => bandwidth(open, job),
    dispatch: ({ parameters }) => dispatch(open, parameters),
    step: () => noGradients(),
    decode: (job) => decode(ort, common, job),
  };
}

/** A work that is one graph with the output `y`. */
async function runs(ort: Ort, options: OrtOptions, graph: PlainGraph, data: Data): Promise<Run> {
  const session = await ort.InferenceSession.create(onnxModel(graph), options);
  const feeds = Object.fromEntries(
    Object.entries(data).map(([name, values]) => [
      name,
      new ort.Tensor("float32", values, graph.inputs[name]),
    ]),
  );
  const outputBytes = 4 * graph.outputs.y.reduce((a, b) => a * b, 1);
  return {
    call: async () => void (await session.run(feeds)),
    check: async () => meanSquare((await session.run(feeds)).y.data),
    outputBytes,
  };
}

function noGradients(): never {
  throw new Error("ONNX Runtime's packages for JavaScript compute no gradients");
}

function matmul(open: Open, { m, k, n }: Parameters): Promise<Prepared> {
  const graph = {
    nodes: [{ op: "MatMul", inputs: ["a", "b"], outputs: ["y"] }],
    inputs: { a: [m, k], b: [k, n] },
    outputs: { y: [m, n] },
  };
  return open(graph, { a: patterned(m * k), b: patterned(k * n) });
}

async function attention(open: Open, parameters: Parameters): Promise<Prepared> {
  if (parameters.backward === 1) noGradients();
  const { heads, length, width } = parameters;
  const [q, k, v] = attentionData(parameters).operands.map((it) => swapHeads(it, heads, length, width));
  const prepared = await open(attentionGraph(parameters), { q, k, v });
  return { ...prepared, check: async () => Math.log(await prepared.check()) };
}

async function bandwidth(open: Open, { parameters, variant = "" }: Job): Promise<Prepared> {
  if (variant === "adamw") throw new Error("ONNX Runtime's packages for JavaScript have no optimizers");
  const { width } = parameters;
  const graph = bandwidthGraph(variant, parameters);
  const [x, y] = bandwidthData(parameters);
  const all: Data = { x, x2: y, gain: new Float32Array(width).fill(1), shift: new Float32Array(width) };
  return open(graph, Object.fromEntries(Object.keys(graph.inputs).map((name) => [name, all[name]])));
}

/** Its ops run inside of one graph, one after the other: it fuses none here. */
function dispatch(open: Open, { size, links, backward }: Parameters): Promise<Prepared> {
  if (backward === 1) noGradients();
  const nodes: OnnxNode[] = [];
  let last = "x";
  for (let i = 0; i < links; i++) {
    const outputs = [0, 1, 2, 3].map((op) => (op === 3 && i === links - 1 ? "y" : `t${i}_${op}`));
    nodes.push(
      { op: "MatMul", inputs: [last, "w"], outputs: [outputs[0]] },
      { op: "Mul", inputs: [outputs[0], "b"], outputs: [outputs[1]] },
      { op: "Add", inputs: [outputs[1], "c"], outputs: [outputs[2]] },
      { op: "Relu", inputs: [outputs[2]], outputs: [outputs[3]] },
    );
    last = outputs[3];
  }
  const shape = [size, size];
  const graph = { nodes, inputs: { x: shape, w: shape, b: shape, c: shape }, outputs: { y: shape } };
  const [x, w, b, c] = dispatchData(size);
  return open(graph, { x, w, b, c }, { graphOptimizationLevel: "disabled" });
}
