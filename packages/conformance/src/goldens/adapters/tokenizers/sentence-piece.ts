import { AlignedText, loadTokenizer } from "@saccade/tokenizers";
import type { Handler } from "../../context.ts";
import { checkRows, fileOf, readTable } from "./table.ts";

/** A `.model` file: ids, pieces, the normalized text, and the text decoded again. */
export function sentencePiece(...names: readonly string[]): Handler {
  return async (context) => {
    const table = readTable(context);
    const tokenizer = await loadTokenizer(fileOf(table, ...names));
    checkRows(context, table.rows, (row) => {
      const { ids, tokens } = tokenizer.encode(row.text);
      return {
        normalized: tokenizer.normalizer?.normalize(new AlignedText(row.text)).text,
        ids: [...ids],
        pieces: tokens,
        decoded: tokenizer.decode(ids),
      };
    });
  };
}
