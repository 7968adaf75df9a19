/** The vocabulary while it grows: a token's id is its place in `tokens`. */
export class TokenTable {
  readonly tokens: string[] = [];
  readonly ids = new Map<string, number>();

  /** The id of `token`, which becomes the last one where it is new. */
  add(token: string): number {
    let id = this.ids.get(token);
    if (id === undefined) {
      id = this.tokens.length;
      this.tokens.push(token);
      this.ids.set(token, id);
    }
    return id;
  }
}
