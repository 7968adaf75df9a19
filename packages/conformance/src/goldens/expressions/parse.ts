import { type Token, tokenize } from "./tokens.ts";

/** A parsed expression. */
export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "ellipsis" }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "unary"; readonly operator: string; readonly operand: Expression }
  | {
      readonly kind: "binary";
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: "choice";
      readonly condition: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    }
  | { readonly kind: "member"; readonly object: Expression; readonly name: string }
  | { readonly kind: "call"; readonly callee: Expression; readonly args: readonly Argument[] }
  | { readonly kind: "index"; readonly object: Expression; readonly items: readonly IndexItem[] };

export interface Argument {
  readonly name: string | null;
  readonly value: Expression;
}

/** A position, or a range as in `1:-1:2`; absent bounds are null. */
export type IndexItem =
  | { readonly kind: "at"; readonly value: Expression }
  | { readonly kind: "range"; readonly bounds: readonly (Expression | null)[] };

/** Binary operators, from the loosest. */
const LEVELS: readonly (readonly string[])[] = [
  ["<", ">", "<=", ">=", "==", "!="],
  ["|"],
  ["&"],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "//", "%", "@"],
];

class Parser {
  private readonly text: string;
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(text: string) {
    this.text = text;
    this.tokens = tokenize(text);
  }

  whole(): Expression {
    const expression = this.expression();
    if (this.peek().kind !== "end") throw this.error();
    return expression;
  }

  private peek(): Token {
    return this.tokens[this.at];
  }

  private error(): Error {
    return new Error(`"${this.text}": "${this.peek().text || "the end"}" is not expected there`);
  }

  private isNext(operator: string): boolean {
    const { kind, text } = this.peek();
    return kind === "operator" && text === operator;
  }

  private accept(operator: string): boolean {
    if (!this.isNext(operator)) return false;
    this.at++;
    return true;
  }

  private expect(operator: string): void {
    if (!this.accept(operator)) throw this.error();
  }

  /** `yes if condition else no`, or what binary operators make. */
  private expression(): Expression {
    const yes = this.binary(0);
    if (!this.acceptWord("if")) return yes;
    const condition = this.binary(0);
    if (!this.acceptWord("else")) throw this.error();
    return { kind: "choice", condition, yes, no: this.expression() };
  }

  private acceptWord(word: string): boolean {
    const { kind, text } = this.peek();
    if (kind !== "name" || text !== word) return false;
    this.at++;
    return true;
  }

  private binary(level: number): Expression {
    if (level === LEVELS.length) return this.prefix();
    let left = this.binary(level + 1);
    for (;;) {
      const operator = LEVELS[level].find((each) => this.isNext(each));
      if (operator === undefined) return left;
      this.at++;
      left = { kind: "binary", operator, left, right: this.binary(level + 1) };
    }
  }

  private prefix(): Expression {
    for (const operator of ["-", "+", "~"]) {
      if (this.accept(operator)) return { kind: "unary", operator, operand: this.prefix() };
    }
    const base = this.postfix();
    // A power binds to the right, and its exponent may have a sign.
    for (const operator of ["**", "^"]) {
      if (this.accept(operator)) return { kind: "binary", operator, left: base, right: this.prefix() };
    }
    return base;
  }

  private postfix(): Expression {
    let object = this.primary();
    for (;;) {
      if (this.accept(".")) object = { kind: "member", object, name: this.name() };
      else if (this.accept("(")) object = { kind: "call", callee: object, args: this.args() };
      else if (this.accept("[")) object = { kind: "index", object, items: this.indexItems() };
      else return object;
    }
  }

  private name(): string {
    const { kind, text } = this.peek();
    if (kind !== "name") throw this.error();
    this.at++;
    return text;
  }

  private primary(): Expression {
    const { kind, text } = this.peek();
    if (kind === "number") {
      this.at++;
      const number: Expression = { kind: "number", value: Number(text) };
      // `2x` is a product.
      if (this.peek().kind === "name" && !["if", "else"].includes(this.peek().text))
        return { kind: "binary", operator: "*", left: number, right: this.postfix() };
      return number;
    }
    if (kind === "text") {
      this.at++;
      return { kind: "text", value: text };
    }
    if (kind === "name") return { kind: "name", name: this.name() };
    if (this.accept("...")) return { kind: "ellipsis" };
    if (this.accept("[")) return { kind: "list", items: this.items("]") };
    if (!this.accept("(")) throw this.error();
    const items = this.items(")");
    return items.length === 1 ? items[0] : { kind: "list", items };
  }

  private items(end: string): Expression[] {
    const items: Expression[] = [];
    while (!this.accept(end)) {
      items.push(this.expression());
      if (!this.isNext(end)) this.expect(",");
    }
    return items;
  }

  private args(): Argument[] {
    const args: Argument[] = [];
    while (!this.accept(")")) {
      const named = this.peek().kind === "name" && this.tokens[this.at + 1].text === "=";
      const name = named ? this.name() : null;
      if (named) this.expect("=");
      args.push({ name, value: this.expression() });
      if (!this.isNext(")")) this.expect(",");
    }
    return args;
  }

  private indexItems(): IndexItem[] {
    const items: IndexItem[] = [];
    while (!this.accept("]")) {
      items.push(this.indexItem());
      if (!this.isNext("]")) this.expect(",");
    }
    return items;
  }

  private indexItem(): IndexItem {
    const bound = (): Expression | null =>
      this.isNext(":") || this.isNext(",") || this.isNext("]") ? null : this.expression();
    const first = bound();
    if (!this.isNext(":")) {
      if (first === null) throw this.error();
      return { kind: "at", value: first };
    }
    const bounds = [first];
    while (this.accept(":")) bounds.push(bound());
    return { kind: "range", bounds };
  }
}

/** Parses one Python-like expression. @throws Error that quotes it */
export function parseExpression(text: string): Expression {
  return new Parser(text).whole();
}
