/** Code points before each UTF-16 unit of a text, and before its end. */
export function codePointsBefore(text: string): number[] {
  const before = [0];
  let count = 0;
  for (const character of text) {
    count++;
    if (character.length === 2) before.push(count);
    before.push(count);
  }
  return before;
}
