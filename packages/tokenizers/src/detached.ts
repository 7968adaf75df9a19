/** A copy of its own: a slice would keep the whole text alive for as long as the slice lives. */
export function detached(text: string): string {
  return text.length < 13 ? text : ` ${text}`.slice(1);
}
