import { membersOf } from "../normalizers/character-classes.ts";

/** The scripts of Unicode 9, as SentencePiece and Hugging Face's tokenizers know them. */
const NAMES =
  "Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali" +
  " Bhaiksuki Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma" +
  " Cham Cherokee Common Coptic Cuneiform Cypriot Cyrillic Deseret Devanagari Duployan Egyptian_Hieroglyphs" +
  " Elbasan Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati Gurmukhi Han Hangul Hanunoo Hatran" +
  " Hebrew Hiragana Imperial_Aramaic Inherited Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi" +
  " Kannada Katakana Kayah_Li Kharoshthi Khmer Khojki Khudawadi Lao Latin Lepcha Limbu Linear_A Linear_B" +
  " Lisu Lycian Lydian Mahajani Malayalam Mandaic Manichaean Marchen Meetei_Mayek Mende_Kikakui" +
  " Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar Nabataean New_Tai_Lue" +
  " Newa Nko Ogham Ol_Chiki Old_Hungarian Old_Italic Old_North_Arabian Old_Permic Old_Persian" +
  " Old_South_Arabian Old_Turkic Oriya Osage Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician" +
  " Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham SignWriting Sinhala" +
  " Sora_Sompeng Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tamil Tangut" +
  " Telugu Thaana Thai Tibetan Tifinagh Tirhuta Ugaritic Vai Warang_Citi Yi";
/** Characters that have a script since then, and none there; packed as in `character-classes.ts`. */
const SCRIPTS_SINCE_9 =
  "128 14 2v 1a dc-2 2p-a 6-x 6-8 m 9-l 89-2 3c 3o-5 2e 4v 1k w-1 q d 2g-1 m d 4 1j-1 1x 79 3 3 2-5 5 8 8-1" +
  " 3 e k 1mn 8 a 6o 2x g7-u 3-b 2p 2-1 1a-2 7e-1 6-16 3-2 1k 3 70-4 jp-2 n2 14-2 1gt-1 z-2 d 9-p 5-f 1c 1c" +
  " di-o bj-3 8f-1 3w-4 11-1 a 7k 59z-9 g7r-15 1io 9-10 l-5 1i 5u-1 h3-5 fvb-g a6-f 1t-1 1j-7 1b-1 pp b5-2" +
  " up-5 2-15 2-8 hm-1 j vu-5 9-8 y-5 a9-5 25 b 3b-3 3r-1 34-2 6y 7z 4-3 gn-1 n-j 1j 12-6 oa-f 1t-9 2f-7 uh" +
  " g-1d e 3zk-12 b-32y 8jv-5 5 1c-8 2j-1 d-6 4qf-i l0-c e9-u 2q-36 6pq-3 2-6 2-1 4-80 g u-2 3 f-3 595-70" +
  " 4-c3 7-m g-g g-19 3-m a-37 fa-1 5y-j d-j 3j-6 2a0-u 7-5 7a-1p y 1g1-6 2-3 2-1 2-e 99 me-1v 25-1o r4-2 w" +
  " 1p-3 1q 4z-5 vi-5 4-3 o-5 3c-b 2e-4 7-b 5 5c-b 5-1 f-8 14-f g 9-7 2-1 d d-3 g-w j-19 2-46 9-d 3-c 4-a" +
  " 4-1k 2 5-f 3-b 5-9 8-42 2-2u xr1-8 386-a 4mb-b 3-5rk g-h9 3hf-3t6 6-6jt";

/** The number of no script: spaces, and what is not assigned. */
export const ANY_SCRIPT = 0;

interface ScriptTables {
  readonly expressions: readonly RegExp[];
  readonly since9: RegExp;
  readonly known: Map<number, number>;
}

let tables: ScriptTables | undefined; // built at first use

/** The number of a character's script. Hiragana and Katakana count as Han. */
export function scriptOf(codePoint: number): number {
  tables ??= {
    expressions: NAMES.split(" ").map((name) => new RegExp(`\\p{Script=${name}}`, "u")),
    since9: new RegExp(`[${membersOf(SCRIPTS_SINCE_9)}]`, "u"),
    known: new Map([[0x20, ANY_SCRIPT]]),
  };
  let script = tables.known.get(codePoint);
  if (script === undefined) {
    script = findScript(tables, codePoint);
    tables.known.set(codePoint, script);
  }
  return script;
}

function findScript({ expressions, since9 }: ScriptTables, codePoint: number): number {
  const character = standIn(codePoint);
  if (since9.test(character)) return ANY_SCRIPT;
  return expressions.findIndex((expression) => expression.test(character)) + 1 || ANY_SCRIPT;
}

/** Some characters count as others: they changed their script since Unicode 9, or are read together. */
function standIn(codePoint: number): string {
  const character = String.fromCodePoint(codePoint);
  if (/[\p{Script=Hiragana}\p{Script=Katakana}\u30fc]/u.test(character)) return "\u4e00";
  if (codePoint === 0x953 || codePoint === 0x954) return "\u0905";
  if (codePoint === 0x589 || codePoint === 0x61c) return ",";
  return character;
}
