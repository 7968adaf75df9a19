import type { ComponentFields } from "../component-json.ts";
import type { LayoutItem } from "../pipeline/roles.ts";

const first: LayoutItem = { kind: "sequence", sequence: 0, typeId: 0 };
const second: LayoutItem = { kind: "sequence", sequence: 1, typeId: 1 };

/** The layout without special tokens: what a tokenizer without a post-processor has. */
export function sequencesOnly(pair: boolean): readonly LayoutItem[] {
  return pair ? [first, second] : [first];
}

/** A special token with its id: `["[SEP]", 102]` in JSON. */
export interface TokenWithId {
  readonly token: string;
  readonly id: number;
}

export function readTokenWithId(fields: ComponentFields, name: string): TokenWithId {
  const value = fields.list(name);
  const [token, id] = value;
  const isPair = value.length === 2 && typeof token === "string" && Number.isSafeInteger(id);
  if (!isPair || (id as number) < 0) throw fields.error(name, "not a token with its id", value);
  return { token, id: id as number };
}

export function special({ token, id }: TokenWithId, typeId: number): LayoutItem {
  return { kind: "special", token, id, typeId };
}
