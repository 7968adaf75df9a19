import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { getBackend, type Tensor } from "@saccade/core";
import type { Module } from "@saccade/core/nn";
import type { GradScaler, GradScalerState, Optimizer } from "@saccade/core/optim";
import { loadTensors, saveTensors, writeFileAtomic } from "@saccade/core/safetensors/node";
import { z } from "zod";
import { messageOf, UsageError } from "../errors.ts";
import type { RunFolder } from "./run-folder.ts";

/** Where the run is; the tensors lie beside it. */
const stateSchema = z.strictObject({
  step: z.number().int().min(0),
  optimizer: z.unknown(),
  scaler: z
    .strictObject({
      scale: z.number(),
      growthFactor: z.number(),
      backoffFactor: z.number(),
      growthInterval: z.number(),
      growthTracker: z.number(),
    } satisfies { [N in keyof GradScalerState]: z.ZodNumber })
    .optional(),
});

/** What a run goes on with. */
export interface TrainingState {
  readonly model: Module;
  readonly optimizer: Optimizer;
  /** In mixed precision. */
  readonly scaler: GradScaler | null;
}

const folderName = (step: number): string => `step-${String(step).padStart(8, "0")}`;
const folderPattern = /^step-(\d{8,})$/;

/**
 * Writes `checkpoints/step-*`: model.safetensors, optimizer.safetensors, state.json. The folder appears whole or not at
 * all (it is renamed into place), and only then are older ones removed.
 */
export async function saveCheckpoint(
  run: RunFolder,
  { model, optimizer, scaler }: TrainingState,
  step: number,
): Promise<void> {
  const parent = run.file("checkpoints");
  const temporary = join(parent, `.${folderName(step)}-${process.pid}`);
  const final = join(parent, folderName(step));
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  const { tensors, ...rest } = optimizer.stateDict();
  await saveTensors(join(temporary, "model.safetensors"), model.stateDict());
  await saveTensors(join(temporary, "optimizer.safetensors"), tensors);
  const state = JSON.stringify(
    { step, optimizer: rest, ...(scaler && { scaler: scaler.stateDict() }) },
    null,
    2,
  );
  await writeFileAtomic(join(temporary, "state.json"), new TextEncoder().encode(`${state}\n`));
  await rm(final, { recursive: true, force: true });
  await rename(temporary, final);
  for (const name of await run.list("checkpoints")) {
    if (name !== folderName(step)) await rm(join(parent, name), { recursive: true, force: true });
  }
}

/** The newest complete checkpoint. */
async function latestCheckpoint(run: RunFolder): Promise<string> {
  const steps = (await run.list("checkpoints")).flatMap((name) => folderPattern.exec(name)?.[1] ?? []);
  if (steps.length === 0) throw new UsageError(`${run.path} has no checkpoint yet`);
  const newest = steps.reduce((a, b) => (Number(a) >= Number(b) ? a : b));
  return run.file(join("checkpoints", `step-${newest}`));
}

/** What goes wrong with a damaged checkpoint is the user's to mend: it names the file. */
async function reading<T>(path: string, fn: () => Promise<T>): Promise<T> {
  try {
    return await fn();
  } catch (error) {
    throw new UsageError(`cannot use the checkpoint ${path} (${messageOf(error)})`);
  }
}

async function loadInto(path: string, use: (tensors: Record<string, Tensor>) => void): Promise<void> {
  const tensors = await loadTensors(path, { backend: getBackend() });
  try {
    use(tensors);
  } finally {
    for (const tensor of Object.values(tensors)) tensor.dispose();
  }
}

/** Loads the newest checkpoint's weights. */
export async function loadModelInto(run: RunFolder, model: Module): Promise<void> {
  const path = join(await latestCheckpoint(run), "model.safetensors");
  await reading(path, () => loadInto(path, (tensors) => model.loadStateDict(tensors)));
}

/** Loads the newest checkpoint whole, and says how many steps are done. */
export async function loadCheckpointInto(
  run: RunFolder,
  { model, optimizer, scaler }: TrainingState,
): Promise<number> {
  const folder = await latestCheckpoint(run);
  await loadModelInto(run, model);
  return reading(folder, async () => {
    const state = stateSchema.parse(JSON.parse(await readFile(join(folder, "state.json"), "utf8")));
    await loadInto(join(folder, "optimizer.safetensors"), (tensors) =>
      optimizer.loadStateDict({ ...Object(state.optimizer), tensors }),
    );
    if (state.scaler) scaler?.loadStateDict(state.scaler);
    return state.step;
  });
}
