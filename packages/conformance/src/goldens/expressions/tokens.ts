/** A token of a Python-like expression. */
export interface Token {
  readonly kind: "number" | "name" | "text" | "operator" | "end";
  readonly text: string;
}

const PATTERN =
  /\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|([A-Za-z_]\w*)|"([^"]*)"|'([^']*)'|(\.\.\.|\*\*|\/\/|<<|>>|<=|>=|==|!=|[-+*/%@^<>()[\],:.=&|~]))/y;

/** @throws Error at what is no token */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  PATTERN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (PATTERN.lastIndex < end) {
    const at = PATTERN.lastIndex;
    const match = PATTERN.exec(text);
    if (!match) throw new Error(`"${text}": cannot be read at "${text.slice(at).trim()}"`);
    const [, number, name, double, single, operator] = match;
    if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (name !== undefined) tokens.push({ kind: "name", text: name });
    else if (operator !== undefined) tokens.push({ kind: "operator", text: operator });
    else tokens.push({ kind: "text", text: double ?? single });
  }
  tokens.push({ kind: "end", text: "" });
  return tokens;
}
