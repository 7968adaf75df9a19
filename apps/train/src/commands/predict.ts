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
    const readable = texts.map(toReadable);
    noteUnseen(readable, translator);
    for (const date of await translator.translate(readable)) console.log(date);
  } catch (error) {
    if (error instanceof ArgumentError) throw new UsageError(error.message);
    throw error;
  } finally {
    await backend.dispose();
  }
}

/** Full-width and other compatibility forms as plain ones; line breaks and runs of spaces as one space. */
function toReadable(text: string): string {
  return text.normalize("NFKC").replace(/\s+/gu, " ").trim();
}

/** Says which characters the model cannot know, since no training text has them. */
function noteUnseen(texts: readonly string[], { sourceTokenizer }: DateTranslator): void {
  const unseen = [...new Set(texts.join(""))].filter(
    (character) => sourceTokenizer.tokenToId(character) === undefined,
  );
  if (unseen.length > 0)
    console.error(
      `note: the model has never seen ${unseen.map((character) => JSON.stringify(character)).join(" ")}`,
    );
}
