import { attentionInputs, attrsOf } from "../cases/attention-calls.ts";
import { type AnyCase, type InputSpec, kernelCase, type OutputSpec } from "../cases/case.ts";
import { broadcast, transposed } from "../cases/layouts.ts";
import { f32, i32, inPlace, integers, normal, out, standardNormal, uniform } from "../cases/specs.ts";

/** A call worth timing, and the work it does. */
export interface PerfCase {
  readonly case: AnyCase;
  /** Floating-point operations, or bytes that have to be moved. */
  readonly work: number;
  readonly unit: "GFLOP/s" | "GB/s";
}

/** What has to be read and written: each element of each operand once, broadcast ones once in all. */
function moved(
  it: AnyCase,
  bytes = [...it.inputs, ...it.outputs].reduce((total, spec) => total + bytesOf(spec), 0),
): PerfCase {
  return { case: it, work: bytes, unit: "GB/s" };
}

function bytesOf(spec: InputSpec | OutputSpec | null): number {
  if (spec === null) return 0;
  return spec.shape.reduce((bytes, size, d) => (spec.layout?.steps?.[d] === 0 ? bytes : bytes * size), 4);
}

function computed(it: AnyCase, work: number): PerfCase {
  return { case: it, work, unit: "GFLOP/s" };
}

function matmul(m: number, k: number, n: number): PerfCase {
  return computed(
    kernelCase("matmul", `${m}x${k}x${n}`, [f32([m, k]), f32([k, n])], [out("f32", [m, n])], {}),
    2 * m * k * n,
  );
}

/** B1 H8 E64, as in the tables of peers. */
function attention(T: number, causal: boolean): PerfCase {
  const call = { name: "", B: 1, H: 8, T, E: 64, attrs: { causal } };
  const name = `B1 H8 T${T} E64${causal ? " causal" : ""}`;
  const outputs = [out("f32", [1, 8, T, 64]), out("f32", [1, 8, T])] as const;
  const flops = 4 * 8 * T * T * 64 * (causal ? 0.5 : 1);
  return computed(
    kernelCase("attention", name, [...attentionInputs(call), null], outputs, attrsOf(call)),
    flops,
  );
}

const square = [1024, 768] as const;
const unary = { a: 0, b: 0 } as const;

/** A few calls of a GPT's size, for each kind of kernel. */
export const perfCases: readonly PerfCase[] = [
  moved(kernelCase("fill", "1024x768", [], [out("f32", square)], { value: 1 })),
  moved(
    kernelCase(
      "copy",
      "1024x768 transposed",
      [f32(square, standardNormal, transposed(2))],
      [out("f32", square)],
      {},
    ),
  ),
  moved(kernelCase("unary", "exp 1024x768", [f32(square)], [out("f32", square)], { op: "exp", ...unary })),
  moved(kernelCase("unary", "gelu 1024x768", [f32(square)], [out("f32", square)], { op: "gelu", ...unary })),
  moved(
    kernelCase("binary", "add 1024x768", [f32(square), f32(square)], [out("f32", square)], { op: "add" }),
  ),
  moved(
    kernelCase(
      "binary",
      "add 1024x768 row",
      [f32(square), f32(square, standardNormal, broadcast(2, [0]))],
      [out("f32", square)],
      { op: "add" },
    ),
  ),
  moved(kernelCase("random", "uniform 1024x768", [], [out("f32", square)], { key: [1, 2], kind: "uniform" })),
  moved(
    kernelCase("reduce", "sum of rows 1024x768", [f32(square)], [out("f32", [1024, 1])], {
      op: "sum",
      axes: [1],
    }),
  ),
  moved(
    kernelCase("reduce", "sum of columns 1024x768", [f32(square)], [out("f32", [1, 768])], {
      op: "sum",
      axes: [0],
    }),
  ),
  moved(
    kernelCase(
      "gather",
      "1024 rows of 768",
      [f32([5000, 768]), i32(square, integers(0, 5000), { steps: [1, 0] })],
      [out("f32", square)],
      { axis: 0 },
    ),
    2 * 4 * 1024 * 768,
  ),
  moved(
    kernelCase("topK", "40 of 50257", [f32([1, 50257])], [out("f32", [1, 40]), out("i32", [1, 40])], {
      axis: 1,
      k: 40,
      largest: true,
    }),
  ),
  matmul(64, 64, 64),
  matmul(256, 256, 256),
  matmul(768, 384, 1536),
  matmul(1, 768, 3072),
  computed(
    kernelCase(
      "linear",
      "768x384x1536 gelu",
      [f32([768, 384]), f32([1536, 384], normal(0.05)), f32([1536])],
      [out("f32", [768, 1536])],
      { activation: "gelu" },
    ),
    2 * 768 * 384 * 1536,
  ),
  attention(512, false),
  attention(1024, true),
  moved(kernelCase("softmax", "1024x768", [f32(square)], [out("f32", square)], { log: false })),
  moved(
    kernelCase(
      "layerNorm",
      "1024x768",
      [f32(square), f32([768]), f32([768])],
      [out("f32", square), out("f32", [1024]), out("f32", [1024])],
      { eps: 1e-5 },
    ),
  ),
  moved(
    kernelCase(
      "crossEntropy",
      "256x50257",
      [f32([256, 50257]), i32([256], integers(0, 50257)), null],
      [out("f32", [256]), out("f32", [256])],
      { ignoreIndex: -100, labelSmoothing: 0 },
    ),
  ),
  moved(kernelCase("dropout", "1024x768", [f32(square)], [out("f32", square)], { p: 0.1, key: [1, 2] })),
  moved(
    kernelCase(
      "adamwStep",
      "1024x768",
      [null, f32(square, normal(0.1))],
      [
        inPlace("f32", square, standardNormal),
        inPlace("f32", square, normal(0.05)),
        inPlace("f32", square, uniform(0, 0.02)),
      ],
      { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01, step: 3, decoupled: true },
    ),
  ),
];
