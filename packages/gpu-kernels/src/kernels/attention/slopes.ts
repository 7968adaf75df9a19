/** WGSL of the gradients of scores, for both passes of backward attention. */
import type { Layout } from "./plan.ts";
import { dropCells } from "./scores.ts";
import type { AttentionShape, Operands } from "./shape.ts";
import { eachCell, storeCells } from "./tiles.ts";

/**
 * `logSum`: the log-sum-exp of a row, or what makes weights 0 where the row saw nothing. `innerProduct`: its delta.
 * `slope`: the weight that the values were multiplied by (`keep` times that of softmax), the gradient of the product of query and key, and that of the
 * score as the caller's function gets it.
 */
export function slopeFunctions(shape: AttentionShape, operands: Operands): string {
  const at = (name: string): string =>
    operands.element(name, `P.${name}_o + b * P.${name}_0 + h * P.${name}_1 + i * P.${name}_2`);
  const score = `score(b, h, i, j, product${shape.maskMod ? ", seen" : ""})`;
  return `fn logSum(b: i32, h: i32, i: i32) -> f32 {
  let sum = ${at("lse")};
  return select(sum, 3.0e38, isInf(sum) && sum < 0.0);
}
fn innerProduct(b: i32, h: i32, i: i32) -> f32 { return ${at("delta")}; }
struct Slope { weight: f32, product: f32, score: f32 }
fn slope(b: i32, h: i32, i: i32, j: i32, product: f32, upstream: f32, keep: f32${shape.maskMod ? ", seen: i32" : ""}) -> Slope {
  ${shape.scoreMod ? `let modified = ${score}; let s = modified.x;` : `let s = ${score};`}
  if (isInf(s) && s < 0.0) { return Slope(0.0, 0.0, 0.0); }
  let p = power(vec4<f32>(s - logSum(b, h, i))).x;
  let change = (upstream * keep - innerProduct(b, h, i))${shape.scoreMod ? " * modified.y" : ""};
  ${shape.softcap ? "let t = tanh_(product * P.scale / P.softcap);" : ""}
  let product_change = change * P.scale${shape.softcap ? " * (1.0 - t * t)" : ""}; // before small weights make it smaller
  return Slope(p * keep, select(p * product_change, 0.0, p == 0.0), select(p * change, 0.0, p == 0.0));
}
`;
}

/**
 * Turns the products `s` and `g` of a tile into weights (`left`) and slopes, cell by cell; i and j of row `row + c`. Where
 * those are queries, gradients are multiplied with what dropout keeps before, and weights are not.
 */
export function slopesOfCells(
  shape: AttentionShape,
  layout: Layout,
  [i, j]: readonly [i: string, j: string],
  rows: "queries" | "keys",
  more: (partial: string) => string,
): string {
  const keeps = shape.dropout && rows === "keys";
  return `${storeCells(layout, "left", "s")}
      ${storeCells(layout, "slopeTile", "g")}
      ${shape.dropout && rows === "queries" ? dropCells(layout, "slopeTile") : ""}
      ${eachCell(
        layout,
        (place, partial) => `var s = left${place};
        var g = slopeTile${place};
        ${keeps ? "let keep = keptFour(b, h, top + column, start + row);" : ""}
        for (var c = 0; c < 4; c++) {
          let i = ${i};
          let j = ${j};
          let d = slope(b, h, i, j, s[c], g[c], ${keeps ? "keep[c]" : "1.0"}${shape.maskMod ? ", seen" : ""});
          s[c] = d.weight;
          g[c] = d.product;
          ${more(partial)}
        }
        left${place} = s;
        slopeTile${place} = g;`,
      )}`;
}
