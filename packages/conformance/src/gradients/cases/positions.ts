import { f32 } from "../../cases/specs.ts";
import { type GradCase, gradCase } from "../grad-case.ts";

const x = f32([2, 3, 6]);

export const positionGradCases: readonly GradCase[] = [
  gradCase("rotaryEmbedding", "halves", [x, f32([3, 3]), f32([3, 3])], { interleaved: false }),
  gradCase("rotaryEmbedding", "neighbours", [x, f32([3, 3]), f32([3, 3])], { interleaved: true }),
  gradCase("rotaryEmbedding", "in part, by rows", [x, f32([2, 3, 2]), f32([2, 1, 2])], {
    interleaved: false,
  }),
];
