import { readFileSync } from "node:fs";
import { AlignedText, loadTokenizer, PipelineTokenizer, SentencePieceModel } from "@saccade/tokenizers";
import type { CaseContext, Handler } from "../../context.ts";
import { checkRows, fileOf, type Row, readTable } from "./table.ts";

/** A `.model` file: ids, pieces, the normalized text, and the text decoded again; the same when it is saved. */
export function sentencePiece(...names: readonly string[]): Handler {
  return async (context) => {
    const table = readTable(context);
    const loaded = await loadTokenizer(fileOf(table, ...names));
    const saved = PipelineTokenizer.fromJSON(JSON.parse(JSON.stringify(loaded)));
    for (const tokenizer of [loaded, saved]) {
      checkRows(context, table.rows, (row) => {
        const { ids, tokens } = tokenizer.encode(row.text);
        return {
          normalized: tokenizer.normalizer?.normalize(new AlignedText(row.text)).text,
          ids: [...ids],
          pieces: tokens,
          decoded: tokenizer.decode(ids),
        };
      });
    }
    checkNBest(context, loaded);
  };
}

/** The best five segmentations, which one table has. */
function checkNBest(context: CaseContext, { model, normalizer }: PipelineTokenizer): void {
  const { options } = JSON.parse(readFileSync(context.golden.path, "utf8"));
  const rows = options.nbest as readonly Row[] | undefined;
  if (rows === undefined || !(model instanceof SentencePieceModel)) return;
  checkRows(context, rows, ({ text }) => {
    const normal = normalizer?.normalize(new AlignedText(text)).text ?? text;
    return { nbest: model.nBest(normal, 5).map(({ ids }) => ids) };
  });
}
