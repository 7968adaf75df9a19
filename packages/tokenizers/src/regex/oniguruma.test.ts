import { describe, expect, it } from "vitest";
import { TokenizerFormatError } from "../errors.ts";
import { OnigurumaRegex } from "./oniguruma.ts";

/** The matches as strings. */
function all(pattern: string, text: string): string[] {
  const matches = new OnigurumaRegex(pattern).findAll(text);
  const found: string[] = [];
  for (let i = 0; i < matches.length; i += 2) found.push(text.slice(matches[i], matches[i + 1]));
  return found;
}

describe("what Oniguruma matches and JavaScript would not", () => {
  const cases: readonly [name: string, pattern: string, text: string, matches: readonly string[]][] = [
    ["intersection in a class", "[a-z&&[^aeiou]]+", "abcde", ["bcd"]],
    ["complement of an intersection", "[^a-z&&[aeiou]]+", "abcde1", ["bcd", "1"]],
    ["possessive quantifiers give nothing back", "a++ab|b", "aab", ["b"]],
    ["possessive before something else", "x?+x|y", "xy", ["y"]],
    ["a plus behind an interval repeats it", "a{1,3}+b", "aaaab", ["aaaab"]],
    ["an interval turned round is possessive", "a{3,1}a|b", "aaab", ["b"]],
    ["an interval without a minimum", "a{,2}b", "aaab", ["aab"]],
    ["a question mark behind an exact count", "(?:a{2}?)b", "aab ab", ["aab", "b"]],
    ["braces that are no interval", "a{x}", "a{x}", ["a{x}"]],
    ["atomic groups", "(?>a|ab)c", "abc ac", ["ac"]],
    ["options in the middle reach over alternatives", "a(?i)b|c", "aB aC c", ["aB", "aC"]],
    ["options for a group", "(?i:'s|'ll)", "'S 'Ll 'ſ", ["'S", "'Ll", "'ſ"]],
    ["one character for two without case", "(?i:ss)", "ß SS ẞ sſ", ["ß", "SS", "ẞ", "sſ"]],
    ["two characters for one without case", "(?i:ß)", "ss ß", ["ss", "ß"]],
    ["no Turkish i", "(?i)i", "İıIi", ["I", "i"]],
    ["the Kelvin sign", "(?i)[k]", "K", ["K"]],
    ["a class without case", "(?i)[\\p{Lu}&&[A-R]]", "aA1z", ["a", "A"]],
    ["extended syntax", "(?x) a b # two letters", "ab", ["ab"]],
    ["comments", "(?#one)a", "a", ["a"]],
    ["the dot takes line feeds only with m", "(?m:a.)|b.", "a\nb\n", ["a\n"]],
    ["the dot takes other line ends", ".", "\r\u2028", ["\r", "\u2028"]],
    ["lines end at line feeds", "^b|a$", "a\rb\nba\n", ["b", "a"]],
    ["no line begins at the end of the text", "a\\n^|b", "a\nb", ["a\n", "b"]],
    ["the end of the last line", "a\\Z", "a\na\n", ["a"]],
    ["where the search began", "\\Ga|b", "aab ab", ["a", "a", "b", "b"]],
    ["white space of Unicode", "\\s", "a\u0085\u3000\ufeff", ["\u0085", "\u3000"]],
    ["words of Unicode", "\\w+", "né_1 ²", ["né_1", "²"]],
    ["words in a class", "[\\w]+", "né²", ["né"]],
    ["digits of Unicode", "\\d+", "1٣a", ["1٣"]],
    ["hexadecimal digits", "\\h+", "xfe0g", ["fe0"]],
    ["word boundaries of Unicode", "\\bé", "aé é", ["é"]],
    ["POSIX brackets", "[[:alpha:][:^print:]]+", "aé1\u0001", ["aé", "\u0001"]],
    ["punctuation in POSIX brackets has symbols", "[[:punct:]]|\\p{Punct}", "$.", ["$", "."]],
    ["properties by any spelling", "\\p{letter}\\p{^LU}\\P{greek}", "ab1", ["ab1"]],
    ["p without braces is a letter", "\\pL", "pL", ["pL"]],
    ["characters by number", "\\x41\\x{1F600}\\u0042\\t\\012", "A😀B\t\n", ["A😀B\t\n"]],
    ["line breaks", "\\R", "\r\n\u0085", ["\r\n", "\u0085"]],
    ["a closing bracket at the beginning of a class", "[]a]+", "a]b", ["a]"]],
    ["hyphens at the ends of a class", "[a-]+|[-b]", "a-b", ["a-", "b"]],
    ["lookbehind of any length", "(?<=\\d+ )x", "12 x", ["x"]],
    ["no empty match right behind a match", "x*", "axxb", ["", "xx", ""]],
    ["characters beyond the BMP are one character", ".", "😀", ["😀"]],
  ];
  it.each(cases)("%s", (_name, pattern, text, matches) => {
    expect(all(pattern, text)).toEqual(matches);
  });
});

it("does not match inside of a surrogate pair", () => {
  expect(new OnigurumaRegex("\\B").findAll("c😀")).not.toContain(2);
});

describe("what has no counterpart is refused by name", () => {
  it.each([
    ["(a)\\1", "back-references"],
    ["\\X", "\\X"],
    ["a\\Kb", "\\K"],
    ["(?~ab)", "(?~"],
    ["(?W)a", "the option W"],
    ["\\p{Nonsense}", "Nonsense"],
    ["[[:nonsense:]]", "nonsense"],
    ["[]", "empty character class"],
    ["[z-a]", "range"],
    ["[a-\\d]", "range"],
    ["*a", "quantifier"],
    ["(?=a)*", "without width"],
    ["(a", "does not end"],
    ["a)", "parenthesis"],
    ["a{100001}", "repetitions"],
    ["\\xe4", "bytes"],
    ["(?i)[ß]", "several characters"],
    ["(a??)*", "can be empty"],
    [`${"(".repeat(300)}a${")".repeat(300)}`, "nested"],
  ])("%s", (pattern, reason) => {
    const read = () => new OnigurumaRegex(pattern, "pre_tokenizer.pattern");
    expect(read).toThrow(TokenizerFormatError);
    expect(read).toThrow(reason);
    expect(read).toThrow("pre_tokenizer.pattern: regular expression");
  });
});

describe("time", () => {
  it.each([
    ["(a+)+b", "a".repeat(50_000)],
    ["(a|a)*b", "a".repeat(50_000)],
    ["(?:a|b|ab)*c", "ab".repeat(25_000)],
    ["(?:\\w+\\s?)+$!", "a".repeat(50_000)],
    ["(.*)(.*)(.*)x", "y".repeat(20_000)],
  ])("%s is not exponential", (pattern, text) => {
    expect(all(pattern, text)).toEqual([]);
  });

  it("stays within the stack on a line of 10 MB", () => {
    const pattern = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\p{L}+|\\s+(?!\\S)|\\s+";
    expect(new OnigurumaRegex(pattern).findAll("!".repeat(1e7))).toEqual([0, 1e7]);
    expect(new OnigurumaRegex(pattern).findAll(`${" ".repeat(1e7)}a`)).toEqual([
      0,
      1e7 - 1,
      1e7 - 1,
      1e7,
      1e7,
      1e7 + 1,
    ]);
  });
});
