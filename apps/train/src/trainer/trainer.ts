import { autocast, type Differentiable, settle, type Tensor, tidy, valueAndGrad } from "@saccade/core";
import { clipScale, GradScaler, gradNorm } from "@saccade/core/optim";
import { loadCheckpointInto, saveCheckpoint } from "../runs/checkpoint.ts";
import { Interrupt } from "../runs/interrupt.ts";
import type { RunFolder } from "../runs/run-folder.ts";
import { Progress } from "./progress.ts";
import type { TrainingTask } from "./training-task.ts";

/** Steps between two lines of metrics, and between two updates of the bar. */
const logEvery = 10;
/** Time between two checkpoints, ms: what a crash can cost at most. */
const saveInterval = 60_000;

export interface TrainingOutcome {
  /** Whether all steps are done, or Ctrl-C came first. */
  readonly finished: boolean;
  readonly step: number;
  /** The last evaluation's figures. */
  readonly figures: Readonly<Record<string, number>>;
  /** Time spent in this call, s. */
  readonly seconds: number;
}

/**
 * Trains a task to its end or to Ctrl-C: shows progress, logs metrics, evaluates, saves. With `resume`, goes on from the
 * folder's checkpoint as if it had never stopped.
 */
export async function train(
  task: TrainingTask,
  run: RunFolder,
  options: { readonly resume: boolean },
): Promise<TrainingOutcome> {
  const started = performance.now();
  const scaler = task.dtype === "f16" ? new GradScaler() : null;
  const training = { model: task.model, optimizer: task.optimizer, scaler };
  const first = options.resume ? await loadCheckpointInto(run, training) : 0;
  if (options.resume) await run.truncateMetrics(first);
  let figures: Readonly<Record<string, number>> = {};
  let saved = performance.now();
  using interrupt = new Interrupt();
  using progress = new Progress(task.name, task.steps, first);
  const clock = new StepClock();
  for (let step = first; step < task.steps; step++) {
    const logged = await (scaler ? mixedStep(task, step, scaler) : trainStep(task, step));
    await settle();
    const done = step + 1;
    clock.tick();
    if (logged) {
      const speed = task.tokensPerStep * clock.stepsPerSecond();
      await run.appendMetrics({ step: done, ...logged, tokensPerSecond: speed });
      progress.update(done, { ...task.show({ ...figures, ...logged }), "tokens/s": speed.toFixed(0) });
    }
    if (done % task.evaluateEvery === 0 || done === task.steps) {
      figures = await task.evaluate();
      await run.appendMetrics({ step: done, ...figures });
      clock.restart();
    }
    if (interrupt.requested || done === task.steps || performance.now() - saved > saveInterval) {
      await saveCheckpoint(run, training, done);
      saved = performance.now();
    }
    if (interrupt.requested && done < task.steps)
      return { finished: false, step: done, figures, seconds: (performance.now() - started) / 1000 };
  }
  if (first >= task.steps) figures = await task.evaluate();
  return { finished: true, step: task.steps, figures, seconds: (performance.now() - started) / 1000 };
}

/** One step; its loss and figures where they are logged, else null. */
async function trainStep(task: TrainingTask, step: number): Promise<Record<string, number> | null> {
  const logged = isLogged(step);
  using result = valueAndGrad(() => task.loss(step, logged), task.optimizer.parameters);
  const { norm, gradScale } = tidy(() => {
    const whole = gradNorm(result.grads);
    return { norm: whole, gradScale: clipScale(whole, task.clipNorm) };
  });
  task.optimizer.step(result.grads, { gradScale });
  const figures = logged ? await numbersOf({ loss: result.value, gradNorm: norm, ...result.aux }) : null;
  norm.dispose();
  gradScale.dispose();
  return figures;
}

/** The same in mixed precision. A step whose gradients overflow is left out: its norm is no number. */
async function mixedStep(
  task: TrainingTask,
  step: number,
  scaler: GradScaler,
): Promise<Record<string, number> | null> {
  const logged = isLogged(step);
  const { lossScale } = scaler;
  const scaledLoss = (): Differentiable => {
    const outcome = autocast({ dtype: "f16" }, () => task.loss(step, logged));
    return "loss" in outcome ? { ...outcome, loss: scaler.scale(outcome.loss) } : scaler.scale(outcome);
  };
  using result = valueAndGrad(scaledLoss, task.optimizer.parameters);
  const { norm } = await scaler.step(task.optimizer, result.grads, { maxNorm: task.clipNorm });
  scaler.update();
  if (!logged) return null;
  const { loss, ...aux } = await numbersOf({ loss: result.value, ...result.aux });
  return { loss: loss / lossScale, gradNorm: norm, lossScale, ...aux };
}

function isLogged(step: number): boolean {
  return (step + 1) % logEvery === 0;
}

async function numbersOf(scalars: Readonly<Record<string, Tensor>>): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  for (const [name, scalar] of Object.entries(scalars)) figures[name] = await scalar.item();
  return figures;
}

/** Steps per second since it was last asked. */
class StepClock {
  private steps = 0;
  private since = performance.now();

  tick(): void {
    this.steps++;
  }

  stepsPerSecond(): number {
    const speed = (this.steps * 1000) / (performance.now() - this.since);
    this.restart();
    return speed;
  }

  restart(): void {
    this.steps = 0;
    this.since = performance.now();
  }
}
