import type { CharTokenizer } from "@saccade/tokenizers";
import { type GenerateOptions, type Gpt, generate } from "@saccade/transformer";

export interface SampleTextOptions extends GenerateOptions {
  readonly prompt: string;
}

/** What a text begins with where nothing is asked for: a new line, or the first character of the vocabulary. */
export function defaultPrompt(tokenizer: CharTokenizer): string {
  return tokenizer.tokenToId("\n") === undefined ? tokenizer.decode([0]) : "\n";
}

/** Writes the prompt and its continuation to the console, as it comes. */
export async function writeSample(
  model: Gpt,
  tokenizer: CharTokenizer,
  options: SampleTextOptions,
): Promise<void> {
  const { prompt, ...rest } = options;
  process.stdout.write(prompt);
  const stream = tokenizer.decodeStream();
  for await (const id of generate(model, tokenizer.encode(prompt).ids, rest))
    process.stdout.write(stream.push(id));
  process.stdout.write(`${stream.end()}\n`);
}
