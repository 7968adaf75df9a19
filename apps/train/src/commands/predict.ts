import { ArgumentError } from "@saccade/core";
import { Command } from "commander";
import { type BackendOptions, openBackend } from "../backend-options.ts";
import { UsageError } from "../errors.ts";
import { loadModelInto } from "../runs/checkpoint.ts";
import { parseRunConfig } from "../runs/run-config.ts";
import { RunFolder } from "../runs/run-folder.ts";
import { DateTranslator } from "../tasks/dates.ts";
import { backendOptions } from "./options.ts";

export function predictCommand(): Command {
  const command = new Command("predict")
    .description("read dates with a model of `saccade train dates`: one line for each text")
    .argument("<run>", "run folder")
    .argument("<text...>", 'dates as people write them, e.g. "3. März 2026"');
  for (const option of backendOptions()) command.addOption(option);
  return command.action((folder: string, texts: string[], options: BackendOptions) =>
    predict(folder, texts, options),
  );
}

async function predict(folder: string, texts: string[], options: BackendOptions): Promise<void> {
  const run = RunFolder.open(folder);
  const config = parseRunConfig(await run.config(), run.path);
  if (config.task !== "dates")
    throw new UsageError(`${run.path} is a run of "${config.task}"; predict needs one of "dates"`);
  const backend = await openBackend(options);
  try {
    const translator = new DateTranslator(config);
    await loadModelInto(run, translator.model);
    for (const date of await translator.translate(texts)) console.log(date);
  } catch (error) {
    if (error instanceof ArgumentError) throw new UsageError(error.message);
    throw error;
  } finally {
    await backend.dispose();
  }
}
