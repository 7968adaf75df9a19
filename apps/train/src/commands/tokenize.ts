import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import { styleText } from "node:util";
import { loadTokenizer, type PipelineEncoding, TokenizerError } from "@saccade/tokenizers";
import { Command } from "commander";
import { messageOf, UsageError } from "../errors.ts";

interface Options {
  readonly pair?: string;
  readonly file?: string;
  readonly ids: boolean;
  readonly specialTokens: boolean;
  readonly codePoints: boolean;
  readonly limit: number;
}

export function tokenizeCommand(): Command {
  return new Command("tokenize")
    .description("show how a tokenizer cuts a text: ids, tokens and offsets")
    .argument("<tokenizer>", "folder, tokenizer.json, .model or .tiktoken file, or a URL")
    .argument("[text]", "the text (default: standard input)")
    .option("--file <path>", "read the text from a file")
    .option("--pair <text>", "a second text, for models that take pairs")
    .option("--ids", "print the ids only, separated by spaces", false)
    .option("--no-special-tokens", "leave out the special tokens that the tokenizer puts around the text")
    .option("--code-points", "count offsets in code points instead of UTF-16 units", false)
    .option("--limit <n>", "rows of the table; 0 for all", Number, 200)
    .action(tokenize);
}

async function tokenize(source: string, given: string | undefined, options: Options): Promise<void> {
  if (given !== undefined && options.file !== undefined)
    throw new UsageError("a text and --file cannot be used together");
  if (!Number.isSafeInteger(options.limit) || options.limit < 0)
    throw new UsageError(`--limit must be a whole number (got ${options.limit})`);
  const tokenizer = await usable(`cannot load the tokenizer ${source}`, () => loadTokenizer(source));
  const text = given ?? (await textOf(options.file));
  const encoding = await usable("cannot encode the text", async () =>
    tokenizer.encode(text, {
      addSpecialTokens: options.specialTokens,
      offsets: options.codePoints ? "codePoint" : "utf16",
      ...(options.pair !== undefined && { pair: options.pair }),
    }),
  );
  if (options.ids) {
    console.log(encoding.ids.join(" "));
    return;
  }
  const texts = [text, options.pair ?? ""].map((each) => (options.codePoints ? [...each] : each));
  const bytes = Buffer.byteLength(text + (options.pair ?? ""));
  console.log(coloured(encoding, texts, options.limit || encoding.length));
  console.log("");
  for (const line of table(encoding, texts, options.limit || encoding.length)) console.log(line);
  console.log(
    `\n${encoding.length} tokens, ${bytes} bytes, ${(bytes / Math.max(1, encoding.length)).toFixed(2)} bytes a token; ` +
      `vocabulary ${tokenizer.vocabSize}`,
  );
}

async function textOf(file: string | undefined): Promise<string> {
  if (file === undefined) return readAll(process.stdin);
  return usable(`cannot read ${file}`, () => readFile(file, "utf8"));
}

/** What goes wrong with what the user gave becomes one line. */
async function usable<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const isOurs = error instanceof TokenizerError || (error instanceof Error && "code" in error);
    if (!isOurs) throw error;
    throw new UsageError(`${what} (${messageOf(error)})`);
  }
}

type Characters = string | readonly string[];

function sliceOf(characters: Characters, start: number, end: number): string {
  const part = characters.slice(start, end);
  return typeof part === "string" ? part : part.join("");
}

const backgrounds = ["bgBlue", "bgGreen", "bgMagenta", "bgCyan"] as const;

/** The tokens one behind the other, each on another background; without colours, with bars between them. */
function coloured(encoding: PipelineEncoding, texts: readonly Characters[], limit: number): string {
  const pieces = encoding.offsets.slice(0, limit).map(([start, end], i) => {
    const sequence = encoding.tokenToSequence(i);
    const slice = sequence === undefined ? "" : sliceOf(texts[sequence]!, start, end);
    return visible(slice === "" ? encoding.tokens[i]! : slice);
  });
  const usesColour = styleText("bold", "x", { stream: process.stdout }) !== "x";
  if (!usesColour) return pieces.join("|");
  return pieces.map((piece, i) => styleText(["black", backgrounds[i % backgrounds.length]!], piece)).join("");
}

/** One line for each token: index, id, token, span, and the text that it stands for. */
function table(encoding: PipelineEncoding, texts: readonly Characters[], limit: number): string[] {
  const rows = encoding.tokens.slice(0, limit).map((token, i) => {
    const [start, end] = encoding.offsets[i]!;
    const sequence = encoding.tokenToSequence(i);
    const of = sequence === undefined ? "" : JSON.stringify(sliceOf(texts[sequence]!, start, end));
    const which = sequence === 1 ? " of the pair" : "";
    return [
      String(i),
      String(encoding.ids[i]),
      visible(token),
      sequence === undefined ? "-" : `${start}-${end}${which}`,
      of,
    ];
  });
  const header = ["#", "id", "token", "offsets", "text"];
  const widths = header.map((name, column) =>
    rows.reduce((most, row) => Math.max(most, [...row[column]!].length), name.length),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const fill = " ".repeat(widths[column]! - [...cell].length);
        return column < 2 ? fill + cell : cell + fill;
      })
      .join("  ")
      .trimEnd();
  const left = encoding.length - rows.length;
  return [
    line(header),
    ...rows.map(line),
    ...(left > 0 ? [`... and ${left} more (--limit 0 shows all)`] : []),
  ];
}

/** Line feeds and other controls as they are written in JSON, so that a token stays on its line. */
function visible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (control) => {
    const escaped = JSON.stringify(control).slice(1, -1);
    return escaped === control ? `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}` : escaped;
  });
}
