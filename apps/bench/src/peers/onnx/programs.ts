import { meanSquare, patterned } from "../../works/data.ts";
import type { Parameters, Prepared } from "../../works/work.ts";
import type { Programs } from "../host.ts";
import { type OnnxGraph, onnxModel } from "./model.ts";
import type { Ort, OrtOptions } from "./ort.ts";

export function onnxPrograms(ort: Ort, options: OrtOptions): Programs {
  const open = (graph: OnnxGraph, data: Readonly<Record<string, Float32Array>>): Promise<Prepared> =>
    runs(ort, options, graph, data);
  return {
    matmul: ({ parameters }) => matmul(open, parameters),
  };
}

type Open = (graph: OnnxGraph, data: Readonly<Record<string, Float32Array>>) => Promise<Prepared>;

/** A work that is one graph with the output `y`. */
async function runs(
  ort: Ort,
  options: OrtOptions,
  graph: OnnxGraph,
  data: Readonly<Record<string, Float32Array>>,
): Promise<Prepared> {
  const session = await ort.InferenceSession.create(onnxModel(graph), options);
  const feeds = Object.fromEntries(
    Object.entries(data).map(([name, values]) => [
      name,
      new ort.Tensor("float32", values, graph.inputs[name]),
    ]),
  );
  return {
    call: async () => void (await session.run(feeds)),
    check: async () => meanSquare((await session.run(feeds)).y.data),
  };
}

async function matmul(open: Open, { m, k, n }: Parameters): Promise<Prepared> {
  const graph = {
    nodes: [{ op: "MatMul", inputs: ["a", "b"], outputs: ["y"] }],
    inputs: { a: [m, k], b: [k, n] },
    outputs: { y: [m, n] },
  };
  const prepared = await open(graph, { a: patterned(m * k), b: patterned(k * n) });
  return { ...prepared, outputBytes: 4 * m * n };
}
