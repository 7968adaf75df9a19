import type { Handler } from "../../context.ts";
import { clipByNorm, clipByValue } from "./clip.ts";
import { scheduleHandlers } from "./schedules.ts";
import { trainingTrace } from "./train.ts";
import { trajectory } from "./trajectory.ts";

const optimizers = ["Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "RAdam", "RMSprop", "SGD"];

/** The cases of `optim/`. */
export const optimHandlers: Readonly<Record<string, Handler>> = {
  ...Object.fromEntries(optimizers.map((name) => [name, trajectory])),
  ...scheduleHandlers,
  clip_grad_norm_: clipByNorm,
  clip_grad_value_: clipByValue,
  training_trace: trainingTrace,
};
