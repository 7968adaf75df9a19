/**
 * The ids of the tokens that stand for single bytes, `<0x00>` to `<0xFF>`.
 *
 * @returns `[256]`, -1 where there is no such token
 */
export function byteTokenIds(ids: ReadonlyMap<string, number>): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    const digits = byte.toString(16).toUpperCase().padStart(2, "0");
    return ids.get(`<0x${digits}>`) ?? -1;
  });
}

/**
 * The tokens of a text's UTF-8 bytes, or `undefined` if one of them does not exist.
 *
 * @param byteIds  from {@link byteTokenIds}
 */
export function byteTokensOf(text: string, byteIds: Int32Array): number[] | undefined {
  const tokens: number[] = [];
  for (const byte of new TextEncoder().encode(text)) {
    if (byteIds[byte] === -1) return undefined;
    tokens.push(byteIds[byte]);
  }
  return tokens;
}
