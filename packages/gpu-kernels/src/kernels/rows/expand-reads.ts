/** What stands for a reader's name and opening parenthesis. */
export type Reader = readonly [name: RegExp, replacement: string];

/** `x(j)` becomes `x_data[x_at + P.x_step * i32(j)]`. */
export function expandReads(body: string, readers: readonly Reader[]): string {
  let text = body;
  for (const [name, replacement] of readers) {
    const pattern = new RegExp(name.source, "g");
    let result = "";
    let last = 0;
    for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
      const open = match.index + match[0].length; // behind the parenthesis
      let depth = 1;
      let close = open;
      while (depth > 0) {
        const character = text[close++];
        if (character === "(") depth += 1;
        if (character === ")") depth -= 1;
      }
      result += `${text.slice(last, match.index)}${replacement}(${text.slice(open, close - 1)})]`;
      last = close;
      pattern.lastIndex = close;
    }
    text = result + text.slice(last);
  }
  return text;
}
