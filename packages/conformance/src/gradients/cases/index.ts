import type { GradCase } from "../grad-case.ts";
import { attentionGradCases } from "./attention.ts";
import { binaryGradCases } from "./binary.ts";
import { fusedGradCases } from "./fused.ts";
import { indexingGradCases } from "./indexing.ts";
import { positionGradCases } from "./positions.ts";
import { probeGradCases } from "./probes.ts";
import { recurrentGradCases } from "./recurrent.ts";
import { reductionGradCases } from "./reductions.ts";
import { unaryGradCases } from "./unary.ts";
import { viewGradCases } from "./views.ts";

/** The gradient cases of every registered op; the walk fails for an op that has none. */
export const gradCases: readonly GradCase[] = [
  ...unaryGradCases,
  ...binaryGradCases,
  ...reductionGradCases,
  ...viewGradCases,
  ...indexingGradCases,
  ...fusedGradCases,
  ...attentionGradCases,
  ...positionGradCases,
  ...recurrentGradCases,
  ...probeGradCases,
];
