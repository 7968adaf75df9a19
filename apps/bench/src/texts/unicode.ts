import type { Draws } from "./draws.ts";

const german =
  "der die das und ist nicht Straße schön über für müssen Größe Öffentlichkeit Gemütlichkeit überall wäre Zähler Fußgänger".split(
    " ",
  );
const french =
  "le la les où déjà été français élève garçon c'est l'été naïf cœur où être forêt tâche aujourd'hui événement près".split(
    " ",
  );
const polish =
  "że być się źródło łódź święto żółw gęś ćma książka przyjaciel Łódź dziękuję cześć północ miesiąc".split(
    " ",
  );
const turkish =
  "ve bir için güneş ağaç şehir ılık İstanbul çocuk öğretmen düşünce büyük küçük kırmızı yağmur".split(" ");
const vietnamese =
  "và của những người không được một trong là có thể đã này tiếng Việt đường phố buổi sáng nước".split(" ");
const russian =
  "и в не на что быть человек время большой который говорить дорога сегодня вчера письмо ёлка объект подъезд".split(
    " ",
  );
const greek =
  "και το να είναι από για με άνθρωπος ημέρα θάλασσα γλώσσα δρόμος σήμερα χρόνος μεγάλος ψυχή".split(" ");
const hebrew = "של את לא על הוא היום אדם דרך זמן ספר בית שלום עולם ילדים מילה".split(" ");
const arabic = "في من على إلى هذا كان اليوم الناس كتاب مدينة طريق السَّلامُ عَلَيكُم مدرسة كبير صغير".split(" ");
const hindi = "है और के में से यह लोग समय दिन किताब विद्यार्थी स्त्री क्षण हिन्दी प्रश्न नमस्ते".split(" ");
const thai = "และเป็นในของที่ไม่ได้คนวันนี้ภาษาไทยน้ำบ้านเมืองหนังสือถนน";
const korean = "그리고 사람 시간 오늘 학교 대한민국 책을 읽는다 하늘 바다 있습니다 않았다 좋아요".split(" ");
const japanese =
  "これは日本語の文章です。新しい本を読んでいるときに、ひらがなとカタカナが混ざります。東京タワー、コンピュータ！";
const chinese =
  "今天天气很好我们一起去学习新的语言这是一个很长的句子其中有许多不同的汉字注意力机制模型训练数据。，、！？";
const emoji = ["😀", "🚀", "👍🏽", "👩‍👩‍👧‍👦", "🏳️‍🌈", "❤️", "🇪🇺", "🧠", "✅", "🎉🎉"];
const signs = [
  "∑ᵢ xᵢ² ≤ ∫₀¹ f(t) dt",
  "α → β ⇔ ¬γ",
  "≈ 3,14 €",
  "½ · 10⁻³ µm",
  "“quoted” – and…",
  "№ 5 § 7",
  "ﬁne ǅ Å e\u0301",
];
const code = [
  "for (let i = 0; i < n; i++) sum += xs[i] ** 2;\n",
  "    return { ...options, [key]: value ?? null };\n",
  "https://example.org/a/b?c=%20d&e=1#f",
  '<p class="x">&amp;</p>\n',
  '\t\tif x is None:\n\t\t\traise ValueError(f"{x!r}")\n',
  "2026-01-02T03:04:05.678Z",
];
const languages = [
  german,
  french,
  polish,
  turkish,
  vietnamese,
  russian,
  greek,
  hebrew,
  arabic,
  hindi,
  korean,
];
const unspaced = [thai, japanese, chinese].map((text) => [...text]);

/** Lines of many languages and scripts, emoji, signs and code. */
export function unicodeLines(draws: Draws): () => string {
  const characters = (letters: readonly string[]): string => {
    const start = draws.below(letters.length);
    const length = 4 + draws.below(30);
    return Array.from({ length }, (_, i) => letters[(start + i) % letters.length]).join("");
  };
  return () => {
    const kind = draws.next();
    const length = 3 + draws.below(15);
    if (kind < 0.62) {
      const words = draws.of(languages);
      return `${Array.from({ length }, () => draws.zipf(words)).join(" ")}${draws.of([".", "!", "?", "…"])} `;
    }
    if (kind < 0.84) return characters(draws.of(unspaced)) + draws.of(["", "\n"]);
    if (kind < 0.9) return `${draws.of(emoji)} `;
    return kind < 0.95 ? `${draws.of(signs)}\n` : draws.of(code);
  };
}
