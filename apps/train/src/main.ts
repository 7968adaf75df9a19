#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { infoCommand } from "./commands/info.ts";
import { predictCommand } from "./commands/predict.ts";
import { sampleCommand } from "./commands/sample.ts";
import { tokenizeCommand } from "./commands/tokenize.ts";
import { trainDatesCommand } from "./commands/train-dates.ts";
import { trainLmCommand } from "./commands/train-lm.ts";
import { trainTokenizerCommand } from "./commands/train-tokenizer.ts";
import { UsageError } from "./errors.ts";

function program(): Command {
  const train = new Command("train")
    .description("train a model")
    .addCommand(trainDatesCommand())
    .addCommand(trainLmCommand());
  const saccade = new Command("saccade")
    .description("Attention models in TypeScript: train, use and look into them.")
    .addCommand(train)
    .addCommand(predictCommand())
    .addCommand(sampleCommand())
    .addCommand(tokenizeCommand())
    .addCommand(trainTokenizerCommand())
    .addCommand(infoCommand());
  exitWithTwo(saccade);
  return saccade;
}

/** Wrong arguments anywhere in the tree end in exit code 2, a request for help in 0. */
function exitWithTwo(command: Command): void {
  command.exitOverride().allowExcessArguments(false).showSuggestionAfterError();
  for (const sub of command.commands) exitWithTwo(sub);
}

try {
  await program().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof UsageError) {
    console.error(`saccade: ${error.message}`);
    process.exitCode = 2;
  } else throw error;
}
