/**
 * The 256 characters that stand for bytes in byte-level vocabularies: visible Latin-1 characters stand for
 * themselves; the other 68 bytes, in order, for U+0100, U+0101 ... (the space is `Ġ`, the line feed `Ċ`).
 *
 * @see Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", section 2.2
 */
export function byteCharacters(): readonly string[] {
  tables ??= buildTables();
  return tables.characters;
}

/** The byte that each UTF-16 unit below 0x144 stands for, -1 for none. */
export function byteOfUnit(): Int16Array {
  tables ??= buildTables();
  return tables.bytes;
}

/** The bytes that a text stands for; `undefined` where one of its characters stands for none. */
export function bytesOfCharacters(text: string): Uint8Array<ArrayBuffer> | undefined {
  const byteOf = byteOfUnit();
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const byte = unit < byteOf.length ? byteOf[unit]! : -1;
    if (byte < 0) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}

interface Tables {
  readonly characters: readonly string[];
  readonly bytes: Int16Array;
}

let tables: Tables | undefined; // built at first use

function buildTables(): Tables {
  const characters: string[] = [];
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const visible = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte !== 0xad);
    characters.push(String.fromCharCode(visible ? byte : next++));
  }
  const bytes = new Int16Array(next).fill(-1);
  for (const [byte, character] of characters.entries()) bytes[character.charCodeAt(0)] = byte;
  return { characters, bytes };
}
