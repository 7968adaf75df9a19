import { expect, test } from "vitest";
import { Draws } from "./draws.ts";
import { casings, noisyCase, noisyPunctuation } from "./noise.ts";

const numbersOf = (text: string): string[] => text.match(/\p{Nd}+/gu) ?? [];
const lettersOf = (text: string): string => text.replace(/[^\p{L}\p{M}]/gu, "");

test("punctuation changes, numbers and letters do not", () => {
  const texts = [
    "3. 3. 2021",
    "mar., 3 mar. 2021",
    "3.3.21",
    "Sunday, March 3, 2021",
    "٣ مارس، ٢٠٢١",
    "2021年3月3日",
  ];
  for (const text of texts) {
    const seen = new Set<string>();
    for (let index = 0; index < 500; index++) {
      const noisy = noisyPunctuation(text, new Draws(1, 0, index, 0));
      expect(numbersOf(noisy)).toEqual(numbersOf(text));
      expect(lettersOf(noisy)).toBe(lettersOf(text));
      seen.add(noisy);
    }
    expect(seen.size).toBeGreaterThan(3);
  }
});

test("casing follows the language", () => {
  expect(casings.upper("kasım", "tr")).toBe("KASIM");
  expect(casings.upper("nisan", "tr")).toBe("NİSAN");
  expect(casings.lower("KASIM", "tr")).toBe("kasım");
  expect(casings.upper("Μαρτίου", "el")).toBe("ΜΑΡΤΙΟΥ");
  expect(casings.title("the 3rd of MARCH 2021", "en")).toBe("The 3rd Of March 2021");
  expect(casings.title("février", "fr")).toBe("Février");
  expect(casings.title("22-го сентября", "ru")).toBe("22-Го Сентября");
});

test("noisyCase uses all three casings and changes nothing but case", () => {
  const seen = new Set<string>();
  for (let index = 0; index < 200; index++) {
    const text = noisyCase("3rd of March", "en", new Draws(1, 0, index, 0));
    expect(text.toLowerCase()).toBe("3rd of march");
    seen.add(text);
  }
  expect([...seen].sort()).toEqual(["3RD OF MARCH", "3rd Of March", "3rd of march"]);
});
