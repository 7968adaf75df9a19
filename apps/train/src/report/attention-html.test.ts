import { createHash } from "node:crypto";
import { Script } from "node:vm";
import { describe, expect, test } from "vitest";
import {
  type AlignmentExample,
  type AlignmentPage,
  ReportError,
  renderAlignmentPage,
} from "./attention-html.ts";

/** Uneven rows that add up to 1. */
function weightsOf(heads: number, targets: number, sources: number): Float32Array {
  const weights = new Float32Array(heads * targets * sources);
  for (let row = 0; row < heads * targets; row++) {
    for (let s = 0; s < sources; s++) {
      weights[row * sources + s] = (s === row % sources ? 0.5 : 0) + 0.5 / sources;
    }
  }
  return weights;
}

function exampleOf(source: string, target: string, heads = 4): AlignmentExample {
  const [s, t] = [Array.from(source), Array.from(target)];
  const layer = (name: string) => ({ name, heads, weights: weightsOf(heads, t.length, s.length) });
  return { source: s, target: t, layers: [layer("decoder 1"), layer("decoder 2")] };
}

const page = (...examples: AlignmentExample[]): AlignmentPage => ({ title: "Dates", examples });
const count = (html: string, pattern: RegExp): number => html.match(pattern)?.length ?? 0;
const dataOf = (html: string) =>
  JSON.parse(/<script type="application\/json" id="data">(.*)<\/script>/.exec(html)![1]);

describe("structure", () => {
  const html = renderAlignmentPage({
    ...page(exampleOf("3 Mar 2021", "2021-03-03"), exampleOf("5.6.07", "2007-06-05")),
    subtitle: "Held-out dates",
    metrics: [
      { step: 0, loss: 2.5, accuracy: 0 },
      { step: 100, loss: 0.1, accuracy: 0.9 },
    ],
  });

  test("one table per example, with a header for each token and a cell for each pair", () => {
    expect(count(html, /<table /g)).toBe(2);
    expect(count(html, /<th scope="col"/g)).toBe(10 + 6);
    expect(count(html, /<th scope="row"/g)).toBe(20);
    expect(count(html, /<td class=/g)).toBe(10 * 10 + 10 * 6);
    expect(html).toContain('aria-label="Weights of 10 target tokens on 6 source tokens"');
    expect(html).toContain("<title>Dates</title>");
    expect(html).toContain("Held-out dates");
    expect(count(html, /<figure /g)).toBe(2);
  });

  test("shows the average of the last layer before any script runs", () => {
    const layer = { name: "x", heads: 2, weights: Float32Array.of(1, 0, 0.5, 0.5) }; // [H=2, T=1, S=2]
    const small = renderAlignmentPage(page({ source: ["a", "b"], target: ["c"], layers: [layer] }));
    expect(small).toContain('<td class="w27 most">0.75</td><td class=w13>0.25</td>');
  });

  test("carries the weights of every layer and head as bytes", () => {
    const [first] = dataOf(html).examples;
    expect(first.layers.map(({ name }: { name: string }) => name)).toEqual(["decoder 1", "decoder 2"]);
    const bytes = Buffer.from(first.layers[0].weights, "base64");
    expect(bytes.length).toBe(4 * 10 * 10);
    expect(bytes[0] / 254).toBeCloseTo(0.55, 2);
    expect(first.source[1]).toBe("space");
  });

  test("is labelled: every group, figure and article has a name", () => {
    expect(count(html, /role="group"(?! aria-label=")/g)).toBe(0);
    expect(count(html, /<svg role="img" tabindex="0" aria-label="/g)).toBe(2);
    expect(html).toContain('aria-labelledby="example-1"');
    expect(html).toContain('id="example-1"');
    expect(html).toMatch(/<html lang="en">/);
  });
});

describe("answers", () => {
  test("a right one is said to be right", () => {
    const html = renderAlignmentPage(page({ ...exampleOf("a", "b"), prediction: "2021", reference: "2021" }));
    expect(html).toContain('<bdi>2021</bdi> <em class="right">right</em>');
    expect(html).not.toContain("<mark>");
  });

  test("a wrong one has its wrong characters marked and the reference beside it", () => {
    const html = renderAlignmentPage(page({ ...exampleOf("a", "b"), prediction: "2O21", reference: "2021" }));
    expect(html).toContain('<bdi>2<mark>O</mark>21</bdi> <em class="wrong">wrong</em>');
    expect(html).toContain("<span>Reference</span> <bdi>2021</bdi>");
  });

  test("each may be missing", () => {
    const both = renderAlignmentPage(page(exampleOf("a", "b")));
    expect(both).not.toContain('class="answer"');
    expect(renderAlignmentPage(page({ ...exampleOf("a", "b"), prediction: "x" }))).not.toContain(
      '<em class="',
    );
    expect(renderAlignmentPage(page({ ...exampleOf("a", "b"), reference: "x" }))).toContain("<bdi>x</bdi>");
  });
});

describe("safety", () => {
  const evil = `</script><img src=x onerror="alert('1')">`;
  const html = renderAlignmentPage({
    title: evil,
    subtitle: evil,
    examples: [
      {
        source: [evil, "a"],
        target: [evil],
        prediction: evil,
        reference: `${evil}!`,
        note: evil,
        layers: [{ name: evil, heads: 1, weights: Float32Array.of(0.5, 0.5) }],
      },
    ],
  });

  test("nothing that was given becomes markup", () => {
    expect(count(html, /<img/g)).toBe(0);
    expect(count(html, /<\/script>/g)).toBe(2); // its own two
    expect(count(html, /onerror="/g)).toBe(0);
    expect(dataOf(html).examples[0].layers[0].name).toBe(evil);
  });

  test("asks nothing of any network", () => {
    expect(html).not.toMatch(
      /https?:|\/\/\w+\.\w+|url\(|@import|<link|<iframe|src="|\bfetch\(|XMLHttp|WebSocket/,
    );
    expect(html).not.toMatch(/ style="| on\w+="/); // its policy forbids these
  });

  test("the content security policy allows its own style and script, and nothing else", () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)![1];
    const hash = (text: string): string => createHash("sha256").update(text).digest("base64");
    const style = /<style>(.*?)<\/style>/s.exec(html)![1];
    const script = /<script>(.*?)<\/script>/s.exec(html)![1];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`style-src 'sha256-${hash(style)}'`);
    expect(policy).toContain(`script-src 'sha256-${hash(script)}'`);
    expect(() => new Script(script)).not.toThrow();
  });

  test("tokens keep their direction to themselves, and overrides are shown, not obeyed", () => {
    const arabic = renderAlignmentPage(page(exampleOf("٣ مارس\u202E", "2021")));
    expect(arabic).toContain('<bdi dir="auto">٣ مارس');
    expect(arabic).toContain('<th scope="col" class="sign"><bdi>U+202E</bdi></th>');
    expect(arabic).toContain("right to left; letters in reading order");
    expect(arabic).toContain("<bdi>م</bdi>");
    expect(renderAlignmentPage(page(exampleOf("3 Mar", "2021")))).not.toContain("right to left");
  });
});

test("eight examples of dates stay far below 300 kB, and a page is a function of its input", () => {
  const texts = Array.from({ length: 8 }, () =>
    exampleOf("Wednesday the twenty-second of July 1987", "1987-07-22"),
  );
  const metrics = Array.from({ length: 200 }, (_, step) => ({
    step,
    loss: 1 / (1 + step),
    accuracy: step / 200,
  }));
  const html = renderAlignmentPage({ ...page(...texts), metrics });
  expect(Buffer.byteLength(html)).toBeLessThan(200_000);
  expect(renderAlignmentPage({ ...page(...texts), metrics })).toBe(html);
});

test("long tokens are written upright, and many columns turn to rows where it is narrow", () => {
  const words = { ...exampleOf("abc", "abcd"), source: ["one", "two", "three"] };
  expect(renderAlignmentPage(page(words))).toContain('class="s3 t4 words"');
  expect(renderAlignmentPage(page(exampleOf("12 characters", "ab")))).toContain(
    "@container (max-width:242px)",
  );
  expect(renderAlignmentPage(page(words))).not.toContain("@container (");
});

test("errors name what was wrong and what was got", () => {
  const good = exampleOf("ab", "cd", 1);
  const layer = { name: "cross", heads: 2, weights: new Float32Array(7) };
  const render = (change: Partial<AlignmentExample>) => () =>
    renderAlignmentPage(page(good, { ...good, ...change }));
  expect(render({ layers: [layer] })).toThrow(ReportError);
  expect(render({ layers: [layer] })).toThrow(
    'renderAlignmentPage: examples[1].layers[0] "cross" has 7 weights, not H*T*S = 2*2*2 = 8',
  );
  expect(render({ layers: [] })).toThrow("examples[1].layers must hold one layer at least (got none)");
  expect(render({ source: [] })).toThrow("examples[1] has an empty side (got S=0, T=2)");
  expect(render({ layers: [{ ...layer, heads: 0 }] })).toThrow("must have one head at least (got heads=0)");
  const wrong = Float32Array.of(0.5, 0.5, Number.NaN, 1);
  expect(render({ layers: [{ name: "x", heads: 1, weights: wrong }] })).toThrow(
    "weights[2] must be in 0..1 (got NaN)",
  );
});
