import { show, TokenizerFormatError } from "../errors.ts";
import { ByteRanks } from "./byte-ranks.ts";

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const EQUALS = 0x3d;

/**
 * Reads a `*.tiktoken` file: on each line a token in base64, a space, and its rank.
 *
 * A token without bytes (`= 50256` in a file of Whisper) is left out: no text has it.
 *
 * @param file  the file's bytes, or its text
 * @throws TokenizerFormatError for a line that is none of these, and for tokens or ranks that are there twice
 * @example
 * const ranks = readRankFile("aA== 0\naQ== 1\naGk= 2\n");
 * new TextDecoder().decode(ranks.bytesOf(2)); // => "hi"
 */
export function readRankFile(file: Uint8Array | string): ByteRanks {
  const bytes = typeof file === "string" ? new TextEncoder().encode(file) : file;
  const ranks = new ByteRanks();
  const token = new Uint8Array(bytes.length);
  let line = 0;
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const next = newline === -1 ? bytes.length : newline;
    const end = next > start && bytes[next - 1] === RETURN ? next - 1 : next;
    line++;
    if (end > start) readLine(bytes, start, end, line, token, ranks);
    start = next + 1;
  }
  return ranks;
}

function readLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  line: number,
  token: Uint8Array,
  ranks: ByteRanks,
): void {
  const space = bytes.indexOf(SPACE, start);
  const length = space === -1 || space >= end ? -1 : decodeBase64(bytes, start, space, token);
  const rank = length === -1 ? -1 : decimal(bytes, space + 1, end);
  if (rank === -1) {
    const text = new TextDecoder().decode(bytes.subarray(start, Math.min(end, start + 80)));
    throw new TokenizerFormatError(
      `readRankFile: line ${line} is not a token in base64 and its rank (got ${show(text)})`,
      `line ${line}`,
    );
  }
  if (length > 0) ranks.add(token, rank, 0, length);
}

/** @returns the number of bytes, or -1 where it is no base64 */
function decodeBase64(bytes: Uint8Array, start: number, end: number, into: Uint8Array): number {
  let last = end;
  while (last > start && last > end - 2 && bytes[last - 1] === EQUALS) last--;
  if (last - start > 0 && ((end - start) % 4 !== 0 || (last - start) % 4 === 1)) return -1;
  let length = 0;
  let bits = 0;
  let held = 0;
  for (let i = start; i < last; i++) {
    const digit = base64Digit(bytes[i]);
    if (digit === -1) return -1;
    held = ((held << 6) | digit) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      into[length++] = (held >> bits) & 0xff;
    }
  }
  return length;
}

function base64Digit(byte: number): number {
  if (byte >= 0x41 && byte <= 0x5a) return byte - 0x41;
  if (byte >= 0x61 && byte <= 0x7a) return byte - 0x61 + 26;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30 + 52;
  return byte === 0x2b ? 62 : byte === 0x2f ? 63 : -1;
}

/** A number of up to nine digits, or -1. */
function decimal(bytes: Uint8Array, start: number, end: number): number {
  if (end <= start || end - start > 9) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = bytes[i] - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = 10 * value + digit;
  }
  return value;
}
