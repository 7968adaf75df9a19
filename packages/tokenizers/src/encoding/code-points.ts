/**
 * From UTF-16 units to code points: entry `i` is the number of code points before unit `i`. `undefined` where the
 * two are the same, because the text has no surrogate pair.
 */
export function codePointsBefore(text: string): Int32Array | undefined {
  if (!/[\ud800-\udbff]/.test(text)) return undefined;
  const before = new Int32Array(text.length + 1);
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    before[i] = count;
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdbff) count++; // the second half counts
  }
  before[text.length] = count;
  return before;
}
