import { checkOptions } from "./errors.ts";
import type { SpecialTokens } from "./special-tokens.ts";
import type { EncodeOptions, Encoding, Offset } from "./tokenizer.ts";

/** The tokens of a text before special tokens are added; `spans` holds start and end by turns, `[2 T]`. */
export interface Content {
  readonly ids: Int32Array;
  readonly spans: Int32Array;
}

/** `Encoding` over flat arrays; `tokens` and `offsets` are only built when they are asked for. */
class LazyEncoding implements Encoding {
  readonly ids: Int32Array;
  readonly specialTokensMask: Uint8Array;
  readonly #spans: Int32Array;
  readonly #idToToken: (id: number) => string | undefined;
  #tokens: readonly string[] | undefined;
  #offsets: readonly Offset[] | undefined;

  constructor(
    ids: Int32Array,
    spans: Int32Array,
    specialTokensMask: Uint8Array,
    idToToken: (id: number) => string | undefined,
  ) {
    this.ids = ids;
    this.specialTokensMask = specialTokensMask;
    this.#spans = spans;
    this.#idToToken = idToToken;
  }

  get length(): number {
    return this.ids.length;
  }

  get tokens(): readonly string[] {
    this.#tokens ??= Array.from(this.ids, (id) => this.#idToToken(id) ?? "");
    return this.#tokens;
  }

  get offsets(): readonly Offset[] {
    this.#offsets ??= Array.from(this.ids, (_, i) => [this.#spans[2 * i], this.#spans[2 * i + 1]] as const);
    return this.#offsets;
  }
}

/** Puts `bos` and `eos` around a text's tokens, unless the options say not to. */
export function finishEncoding(
  operation: string,
  content: Content,
  special: SpecialTokens,
  options: EncodeOptions,
  idToToken: (id: number) => string | undefined,
): Encoding {
  checkOptions(operation, options, ["addSpecialTokens"]);
  const add = options.addSpecialTokens ?? true;
  const before = add && special.bosId !== undefined ? [special.bosId] : [];
  const after = add && special.eosId !== undefined ? [special.eosId] : [];
  const length = before.length + content.ids.length + after.length; // T

  const ids = new Int32Array(length);
  ids.set(before);
  ids.set(content.ids, before.length);
  ids.set(after, before.length + content.ids.length);

  const spans = new Int32Array(2 * length); // special tokens keep [0, 0]
  spans.set(content.spans, 2 * before.length);

  const mask = new Uint8Array(length).fill(1);
  mask.fill(0, before.length, before.length + content.ids.length);
  return new LazyEncoding(ids, spans, mask, idToToken);
}
