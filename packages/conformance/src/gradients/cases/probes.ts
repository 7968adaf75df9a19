import "@saccade/attention/interpret";
import { f32 } from "../../cases/specs.ts";
import { type GradCase, gradCase } from "../grad-case.ts";

/** What looks at gradients changes none. */
export const probeGradCases: readonly GradCase[] = [
  gradCase("attentionProbe", "passes on", [f32([2, 3]), f32([])], { seen: () => {} }),
];
