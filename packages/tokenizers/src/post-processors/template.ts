import { ComponentFields } from "../component-json.ts";
import { show, TokenizerFormatError } from "../errors.ts";
import type { ComponentJson, LayoutItem, OffsetTrim, PostProcessor } from "../pipeline/roles.ts";

/** A place in a template: sequence `A` or `B`, or a special token by its name. */
export type TemplatePiece =
  | { readonly Sequence: { readonly id: "A" | "B"; readonly type_id: number } }
  | { readonly SpecialToken: { readonly id: string; readonly type_id: number } };

/** What a name in a template stands for: one token or several. */
export interface TemplateToken {
  readonly id: string;
  readonly ids: readonly number[];
  readonly tokens: readonly string[];
}

export interface TemplateProcessingOptions {
  readonly single: readonly TemplatePiece[];
  readonly pair: readonly TemplatePiece[];
  readonly specialTokens: Readonly<Record<string, TemplateToken>>;
}

/**
 * Sequences and special tokens in the order of a template, one for a single text and one for a pair.
 *
 * @throws TokenizerFormatError where a template names a token that is not given, or the wrong sequences
 */
export class TemplateProcessing implements PostProcessor {
  readonly single: readonly TemplatePiece[];
  readonly pair: readonly TemplatePiece[];
  readonly specialTokens: Readonly<Record<string, TemplateToken>>;
  readonly trims: readonly OffsetTrim[] = [];
  /** The two layouts, single and pair. */
  readonly #layouts: readonly (readonly LayoutItem[])[];

  constructor(options: TemplateProcessingOptions, path = "post_processor") {
    this.single = options.single;
    this.pair = options.pair;
    this.specialTokens = options.specialTokens;
    this.#layouts = [this.single, this.pair].map((template, i) => {
      const at = `${path}.${i === 0 ? "single" : "pair"}`;
      const sequences = template.flatMap((piece) => ("Sequence" in piece ? [piece.Sequence.id] : []));
      const fits = i === 0 ? !sequences.includes("B") : sequences.includes("A") && sequences.includes("B");
      if (!fits) {
        throw new TokenizerFormatError(
          `${at}: ${i === 0 ? "B is only in pairs" : "needs A and B"} (got ${show(sequences)})`,
          at,
        );
      }
      return template.flatMap((piece) => this.#items(piece, at));
    });
  }

  static fromJSON(json: unknown, path = "post_processor"): TemplateProcessing {
    const fields = new ComponentFields(json, path, "TemplateProcessing");
    const template = (name: string) => fields.components(name, readPiece);
    const tokens = Object.entries(fields.record("special_tokens", {})).map(
      ([name, token]) => [name, readToken(token, `${path}.special_tokens.${name}`)] as const,
    );
    const options = {
      single: template("single"),
      pair: template("pair"),
      specialTokens: Object.fromEntries(tokens),
    };
    fields.end();
    return new TemplateProcessing(options, path);
  }

  layout(pair: boolean, addSpecialTokens: boolean): readonly LayoutItem[] {
    const items = this.#layouts[pair ? 1 : 0]!;
    return addSpecialTokens ? items : items.filter(({ kind }) => kind === "sequence");
  }

  toJSON(): ComponentJson {
    return {
      type: "TemplateProcessing",
      single: this.single,
      pair: this.pair,
      special_tokens: this.specialTokens,
    };
  }

  #items(piece: TemplatePiece, path: string): LayoutItem[] {
    if ("Sequence" in piece) {
      const { id, type_id: typeId } = piece.Sequence;
      return [{ kind: "sequence", sequence: id === "A" ? 0 : 1, typeId }];
    }
    const { id: name, type_id: typeId } = piece.SpecialToken;
    const token = Object.hasOwn(this.specialTokens, name) ? this.specialTokens[name] : undefined;
    if (token === undefined) {
      throw new TokenizerFormatError(`${path}: the token ${show(name)} is not in special_tokens`, path);
    }
    return token.ids.map((id, i) => ({ kind: "special", id, token: token.tokens[i]!, typeId }));
  }
}

function readPiece(json: unknown, path: string): TemplatePiece {
  const fields = new ComponentFields(json, path);
  const isSequence = fields.has("Sequence");
  const name = isSequence ? "Sequence" : "SpecialToken";
  const inner = new ComponentFields(fields.record(name), fields.pathOf(name));
  const type_id = inner.integer("type_id");
  const piece: TemplatePiece = isSequence
    ? { Sequence: { id: inner.oneOf("id", ["A", "B"]), type_id } }
    : { SpecialToken: { id: inner.string("id"), type_id } };
  inner.end();
  fields.end();
  return piece;
}

function readToken(json: unknown, path: string): TemplateToken {
  const fields = new ComponentFields(json, path);
  const id = fields.string("id");
  const ids = fields.list("ids");
  const tokens = fields.list("tokens");
  fields.end();
  const isId = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  const isText = (value: unknown): value is string => typeof value === "string";
  if (!ids.every(isId)) throw fields.error("ids", "not a list of ids", ids);
  if (!tokens.every(isText) || tokens.length !== ids.length) {
    throw fields.error("tokens", `not a list of ${ids.length} tokens`, tokens);
  }
  return { id, ids, tokens };
}
