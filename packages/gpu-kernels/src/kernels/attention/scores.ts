/** WGSL of scores: which keys a query sees, what becomes of a product, and which weights are dropped. */
import { modFunctions, modLibrary, type Results } from "./mods.ts";
import type { Layout } from "./plan.ts";
import type { AttentionShape, Operands } from "./shape.ts";

/** The lowest finite number: what maxima start from, so that differences to them are numbers. */
export const LOWEST = "-0x1.fffffep+127f";

/** Whether scores are more than products times a scale. */
export function isModified({ softcap, mask, bias, slopes, scoreMod }: AttentionShape): boolean {
  return softcap || mask || bias || slopes || scoreMod !== null;
}

/**
 * `firstKey`, `endKey`: the keys that query i sees, neither of which decreases along i. `placeOf`: where it stands among
 * them. `score`: after scale, cap, bias, the caller's function and masks, -infinity where it is not seen; beside it the
 * function's derivative, where there is one and `results` is 2. `keptFour`: what dropout makes of weights of 1, of the four keys that j is among.
 */
export function scoreFunctions(shape: AttentionShape, operands: Operands, results: Results): string {
  const { softcap, mask, bias, slopes, ranges, dropout, scoreMod, maskMod } = shape;
  const at = (name: string): string =>
    `P.${name}_o + b * P.${name}_0 + h * P.${name}_1 + i * P.${name}_2 + j * P.${name}_3`;
  const terms = [
    softcap ? "P.softcap * tanh_(product * P.scale / P.softcap)" : "product * P.scale",
    bias ? ` + ${operands.element("bias", at("bias"))}` : "",
    slopes
      ? ` - ${operands.element("slopes", "P.slopes_o + h * P.slopes_0")} * f32(abs(placeOf(b, i) - j))`
      : "",
  ];
  const place = "b + P.firstBatch, h + P.firstHead, i + P.firstQuery, placeOf(b, i), j";
  const seen = maskMod ? ", seen: i32" : "";
  const [type, unseen] =
    scoreMod && results === 2 ? ["vec2<f32>", "vec2<f32>(-infinity(), 0.0)"] : ["f32", "-infinity()"];
  return `${modFunctions(shape, results, (name) => operands.dtypeOf(name))}
${spanFunctions(ranges)}
fn score(b: i32, h: i32, i: i32, j: i32, product: f32${seen}) -> ${type} {
  var value = ${unseen};
  var visible = i < P.queries && j >= firstKey(b, i) && j < endKey(b, i);
  ${mask ? `if (visible) { visible = ${operands.element("mask", at("mask"))} != 0u; }` : ""}
  ${maskMod ? `if (visible && seen != 2) { visible = maskMod(${place}, 0.0) != 0.0; }` : ""}
  if (visible) { value = ${scoreMod ? `scoreMod(${place}, ${terms.join("")})` : terms.join("")}; }
  return value;
}
${
  dropout
    ? `fn keptFour(b: i32, h: i32, i: i32, j: i32) -> vec4<f32> {
  let row = ((b + P.firstBatch) * P.allHeads + h + P.firstHead) * P.allQueries + P.firstQuery + i;
  let halves = halvesOf(vec2<u32>(P.key0, P.key1), u32(j) >> 2u, u32(row));
  return select(vec4<f32>(), vec4<f32>(P.keep), halves >= vec4<u32>(P.least));
}`
    : ""
}
${power}
`;
}

/** `firstKey`, `endKey` and `placeOf`, from `ranges` where there are such. */
export function spanFunctions(ranges: boolean): string {
  const range = (n: number): string =>
    `ranges[P.ranges_o + b * P.ranges_0 + i * P.ranges_1 + ${n} * P.ranges_2]`;
  const [first, end, among] = ranges
    ? [range(0), range(1), range(2)]
    : ["i + P.keys - P.queries - P.left", "i + P.keys - P.queries + P.right + 1", "i + P.keys - P.queries"];
  return `fn firstKey(b: i32, i: i32) -> i32 { return max(0, ${first}); }
fn endKey(b: i32, i: i32) -> i32 { return min(P.keys, ${end}); }
fn placeOf(b: i32, i: i32) -> i32 { return ${among}; }`;
}

/**
 * Multiplies a tile, `[key][query / 4]`, with what dropout keeps. Invocations take squares of four queries and four keys,
 * other cells than those that they have: a block of random bits is of four keys.
 */
export function dropCells({ tileRows, tileColumns, lanes }: Layout, tile: string): string {
  const across = tileRows / 4;
  return `workgroupBarrier();
    for (var n = lane; n < ${(across * tileColumns) / 4}u; n += ${lanes}u) {
      let q = n % ${across}u;
      let first = n / ${across}u * 4u;
      var keep: mat4x4<f32>;
      for (var c = 0; c < 4; c++) { keep[c] = keptFour(b, h, top + i32(4u * q) + c, start + i32(first)); }
      keep = transpose(keep);
      for (var c = 0u; c < 4u; c++) { ${tile}[first + c][q] *= keep[c]; }
    }
    workgroupBarrier();`;
}

/** e^x of differences of scores: 0 below -87, infinite above 89; NaN stays. */
const power = `fn power(x: vec4<f32>) -> vec4<f32> {
  let t = clamp(x * 1.44269504, vec4<f32>(-127.0), vec4<f32>(128.0));
  let n = round(t);
  let r = t - n;
  var p = 0.00015469732 * r + 0.0013395553;
  p = p * r + 0.009618031;
  p = p * r + 0.055503294;
  p = p * r + 0.24022651;
  p = p * r + 0.6931472;
  p = p * r + 1.0;
  let y = p * bitcast<vec4<f32>>((vec4<i32>(n) + 127) << vec4<u32>(23u));
  return select(y, x, (bitcast<vec4<u32>>(x) & vec4<u32>(0x7fffffffu)) > vec4<u32>(0x7f800000u));
}`;

/** The library functions that these call. */
export function scoreLibrary(shape: AttentionShape): readonly string[] {
  const { softcap, dropout } = shape;
  return [
    ...modLibrary(shape),
    "isNan",
    "isInf",
    "log_",
    ...(softcap ? ["tanh_"] : []),
    ...(dropout ? ["halvesOf"] : []),
  ];
}
