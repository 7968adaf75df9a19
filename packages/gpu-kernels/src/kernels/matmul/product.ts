import type { ActivationName, View } from "@saccade/core/backend";
import { nestOf, reviewed, sizeOf } from "../../views/nest.ts";
import { computedType, Walk } from "../../wgsl/operand.ts";
import { Uniforms } from "../../wgsl/uniforms.ts";
import { groupsOver, type Launch, type Launcher, type Short } from "../launch.ts";
import { codeLinesOfGroup, codeSharers, codesGroup, codeVectorSource } from "./code-vectors.ts";
import { type Codes, codesBindings, codesFactor } from "./codes.ts";
import { epilogueOf, epilogueSource, epilogueViews } from "./epilogue.ts";
import { factorBinding, factorOf } from "./factor.ts";
import { hasMatrices, inOctets, type MatrixTile, matrixBindings, matrixSource } from "./matrices.ts";
import { addParts } from "./parts.ts";
import { FEW, floatTiles, matrixTiles, type Plan, partDepth, planOf, type Sizes } from "./plan.ts";
import { DEPTH, type Tile, tiledSource } from "./tiles.ts";
import { fewFactor, groupOfVectors, linesOfGroup, vectorSource, vectorsOf } from "./vectors.ts";

/** A product of matrices, and what is done to the result before it is stored. */
export interface ProductCall {
  /** `[..., M, K]` */
  readonly a: View;
  /** `[..., K, N]` */
  readonly b: View;
  /** `[..., M, N]`, contiguous. */
  readonly out: View;
  /** `[N]` */
  readonly bias?: View | null;
  readonly activation?: ActivationName | null;
  /** Gets what the activation is applied to; as `out`. */
  readonly pre?: View | undefined;
  /** What `b` is made of, where it is quantized: `b` is then no more than its shape. */
  readonly codes?: Codes;
}

/** `activation(a b + bias)`. */
export function product(launcher: Launcher, call: ProductCall): void {
  const folded = foldBatches(call);
  const { a, b, out } = folded;
  const [m, k] = a.shape.slice(-2);
  const n = b.shape[b.shape.length - 1];
  const batch = sizeOf(out.shape.slice(0, -2));
  if (batch * m * n === 0) return;
  const sizes = { m, n, k, batch };
  const few = m <= FEW && (m <= n || call.codes) ? "left" : n <= FEW && !call.codes ? "right" : undefined;
  if (few) multiplyVectors(launcher, folded, sizes, few);
  else if (hasMatrices(launcher.facts) && inOctets(a) && inOctets(swapped(b))) {
    const plan = planOf(matrixTiles, sizes);
    inParts(launcher, folded, sizes, plan, (part) => multiplyMatrices(launcher, part, sizes, plan));
  } else {
    const plan = planOf(floatTiles, sizes);
    inParts(launcher, folded, sizes, plan, (part) => multiplyTiles(launcher, part, sizes, plan));
  }
}

/** With several parts of the depth, `multiply` writes the sums of each, which are added afterwards. */
function inParts(
  launcher: Launcher,
  call: ProductCall,
  { m, n, batch }: Sizes,
  { parts }: Plan<MatrixTile>,
  multiply: (call: ProductCall) => void,
): void {
  if (parts === 1) {
    multiply(call);
    return;
  }
  const { a, b, codes, out } = call;
  const type = sumType(out);
  const shape = [parts, batch, m, n];
  launcher.scratch(4 * sizeOf(shape), (buffer) => {
    const strides = shape.map((_, d) => sizeOf(shape.slice(d + 1)));
    const sums: View = { buffer, dtype: type, shape, strides, offset: 0 };
    multiply({ a, b, out: sums, ...(codes && { codes }) });
    addParts(launcher, { call, sums, type });
  });
}

/** Uniforms, factors and what is bound of them, as every way to multiply has them. */
function prepare({ a, b, codes, out }: ProductCall, { m, n, k, batch }: Sizes) {
  const u = new Uniforms().u32("m", m).u32("n", n).u32("k", k).u32("batch", batch);
  const left = factorOf(u, "left", a);
  const right = codes ? codesFactor(u, codes) : factorOf(u, "right", swapped(b));
  const batches = [a, b].map((v) => reviewed(v, v.shape.slice(0, -2), v.strides.slice(0, -2)));
  const walk = new Walk(u, batches, ["left", "right"]);
  const factors = codes ? [a, codes.words, codes.scales] : [a, b];
  return { u, left, right, walk, factors, type: sumType(out) };
}

function multiplyTiles(
  launcher: Launcher,
  call: ProductCall,
  sizes: Sizes,
  { tile, parts }: Plan<Tile>,
): void {
  const { m, n, k, batch } = sizes;
  const { u, left, right, walk, factors, type } = prepare(call, sizes);
  u.u32("parts", parts).u32("part_depth", partDepth(k, parts));
  const epilogue = epilogueOf(u, call, n);
  const { reads, writes } = epilogueViews(epilogue);
  const even = k % DEPTH === 0;
  const full = { left: m % tile.rows === 0, right: n % tile.columns === 0 };
  const longEnd = epilogue.activation !== null;
  launcher.launch({
    key: `matmul ${tile.rows}x${tile.columns}/${even} ${full.left}${full.right} ${left.key} ${right.key} ${epilogue.key} ${parts > 1}/${walk.key}`,
    uniforms: u,
    reads: [...factors, ...reads],
    writes,
    source: () =>
      [
        factorBinding(left, 1),
        factorBinding(right, 2),
        epilogueSource(epilogue, type, factors.length + 1, true),
        tiledSource({
          tile,
          type,
          left,
          right,
          even,
          full,
          unrolled: !launcher.facts.software,
          longEnd,
          locate: walk.locate("batch"),
        }),
      ].join(""),
    workgroups: groupsOver(Math.ceil(m / tile.rows) * Math.ceil(n / tile.columns) * batch * parts, 1),
  });
}

function multiplyMatrices(
  launcher: Launcher,
  call: ProductCall,
  sizes: Sizes,
  { tile, parts }: Plan<MatrixTile>,
): void {
  const { m, n, k, batch } = sizes;
  const { u, left, right, walk, factors } = prepare(call, sizes);
  u.u32("parts", parts).u32("part_depth", partDepth(k, parts));
  const epilogue = epilogueOf(u, call, n);
  const { reads, writes } = epilogueViews(epilogue);
  const even = k % 32 === 0;
  const full = m % tile.rows === 0 && n % tile.columns === 0;
  launcher.launch({
    key: `matmul matrices ${tile.rows}/${even}${full} ${left.key} ${right.key} ${epilogue.key}/${walk.key}`,
    uniforms: u,
    reads: [...factors, ...reads],
    writes,
    extensions: ["subgroups", "chromium_experimental_subgroup_matrix"],
    source: () =>
      [
        matrixBindings(),
        epilogueSource(epilogue, "f32", factors.length + 1, true),
        matrixSource({ tile, left, right, even, full, locate: walk.locate("batch") }),
      ].join(""),
    workgroups: groupsOver(Math.ceil(m / tile.rows) * Math.ceil(n / tile.columns) * batch * parts, 1),
  });
}

function multiplyVectors(launcher: Launcher, call: ProductCall, sizes: Sizes, side: "left" | "right"): void {
  const { activation, pre, out } = call;
  const launch = vectorsLaunch(launcher, call, sizes, side);
  if (activation || pre || out.dtype !== "f32") {
    launcher.launch(launch);
    return;
  }
  const plus = (other: View, sum: View): Launch =>
    vectorsLaunch(launcher, { ...call, out: sum, pre: out }, sizes, side, other);
  launcher.launch({ ...launch, short: { ...launch.short, plus } });
}

/** `plus` is added to what is stored, contiguous as `out` is. */
function vectorsLaunch(
  launcher: Launcher,
  call: ProductCall,
  sizes: Sizes,
  side: "left" | "right",
  plus?: View,
): Launch & { readonly short: Short } {
  const { m, n, k, batch } = sizes;
  const { u, left, right, walk, factors, type } = prepare(call, sizes);
  const lines = side === "left" ? n : m;
  const many = side === "left" ? right : left;
  const few = fewFactor(side === "left" ? left : right, many);
  const wholeCodes = many.codes?.whole === true;
  const vectors = { ...vectorsOf(m, n, k, side), ...(wholeCodes && { sharers: codeSharers(n) }) };
  const epilogue = epilogueOf(u, call, n, plus);
  const { reads, writes } = epilogueViews(epilogue);
  const { count, sharers, quads } = vectors;
  const unrolled = !launcher.facts.software;
  const locate = walk.locate("batch");
  const each = wholeCodes ? codeLinesOfGroup(sharers) : linesOfGroup(many, vectors);
  return {
    key: `matmul ${side} ${count}/${many.alongDepth ? sharers : quads} ${few.key} ${many.key} ${epilogue.key}/${walk.key}`,
    uniforms: u,
    reads: [...factors, ...reads],
    writes,
    source: () =>
      [
        factorBinding(side === "left" ? few : many, 1),
        many.codes
          ? codesBindings(many.codes, 2, wholeCodes)
          : factorBinding(side === "left" ? many : few, 2),
        epilogueSource(epilogue, type, factors.length + 1, false),
        (wholeCodes ? codeVectorSource : vectorSource)({ vectors, type, many, few, unrolled, locate }),
      ].join(""),
    workgroups: groupsOver(Math.ceil(lines / each) * batch, 1),
    short: wholeCodes ? codesGroup(count) : groupOfVectors(many, count),
  };
}

/** Rows of all batches are rows of one product where all are multiplied by the same matrix. */
function foldBatches(call: ProductCall): ProductCall {
  const { a, b, out } = call;
  const rank = a.shape.length;
  if (rank === 2) return call;
  if (b.strides.slice(0, -2).some((stride, d) => stride !== 0 && b.shape[d] !== 1)) return call;
  const rows = reviewed(a, a.shape.slice(0, -1), a.strides.slice(0, -1));
  const nest = nestOf([rows]);
  if (nest.sizes.length > 1 || sizeOf(a.shape) === 0) return call;
  const [k, n] = b.shape.slice(-2);
  const m = sizeOf(rows.shape);
  const flat = (view: View): View => reviewed(view, [m, n], [n, 1]);
  return {
    ...call,
    a: reviewed(a, [m, k], [nest.strides[0][0] ?? 0, a.strides[rank - 1]]),
    b: reviewed(b, [k, n], b.strides.slice(-2)),
    out: flat(out),
    pre: call.pre && flat(call.pre),
  };
}

function sumType({ dtype }: View): "f32" | "i32" {
  return computedType[dtype] === "f32" ? "f32" : "i32";
}

/** `[..., N, K]` of `[..., K, N]`. */
function swapped(view: View): View {
  const swap = (list: readonly number[]): number[] => [...list.slice(0, -2), ...list.slice(-2).reverse()];
  return reviewed(view, swap(view.shape), swap(view.strides));
}
