import type { View } from "@saccade/core/backend";
import { binding } from "../../wgsl/operand.ts";
import { Uniforms } from "../../wgsl/uniforms.ts";
import { eachElement, groupsOver, type Launcher } from "../launch.ts";
import { epilogueOf, epilogueSource, epilogueViews } from "./epilogue.ts";
import type { ProductCall } from "./product.ts";

export interface PartSums {
  readonly call: ProductCall;
  /** `[parts, batch, M, N]`, contiguous. */
  readonly sums: View;
  readonly type: "f32" | "i32";
}

/** Adds the sums of the parts of the depth, in their order, and does what is left to do. */
export function addParts(launcher: Launcher, { call, sums, type }: PartSums): void {
  const [parts, batch, m, n] = sums.shape;
  const u = new Uniforms().u32("m", m).u32("n", n).u32("batch", batch).u32("parts", parts);
  const epilogue = epilogueOf(u, call, n);
  const { reads, writes } = epilogueViews(epilogue);
  launcher.launch({
    key: `matmul parts ${type} ${epilogue.key}`,
    uniforms: u,
    reads: [sums, ...reads],
    writes,
    source:
      () => `${binding(1, "sums", sums.dtype, "r")}${epilogueSource(epilogue, type, 2, false)}${eachElement}  let size = P.batch * P.m * P.n;
  if (i >= size) { return; }
  var sum = sums[i];
  for (var part = 1u; part < P.parts; part++) { sum += sums[part * size + i]; }
  put(i / (P.m * P.n), i / P.n % P.m, i % P.n, sum);
}`,
    workgroups: groupsOver(batch * m * n),
  });
}
