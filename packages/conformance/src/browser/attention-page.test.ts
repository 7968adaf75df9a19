import { attention } from "@saccade/attention";
import {
  type AttentionTokens,
  attentionSvg,
  captureAttention,
  renderAttention,
} from "@saccade/attention/interpret";
import { arange, eq, Key, randn, setBackend, tidy, where } from "@saccade/core";
import { createReferenceBackend } from "@saccade/core/reference";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, openPage, type PageOptions, program, reason } from "./static-page.ts";

const hostile = [
  '</script><script>document.title="broken"</script>',
  "<img src=x onerror=\"document.title='broken'\">",
  "\"'><b>",
  "&lt;",
  "\u202Eabc",
];
const sources = ["ein", " Hund", " bellt"];

/** A page of causal self-attention with one head, of `length` tokens; the second query has NaN. */
async function large(length: number): Promise<string> {
  setBackend(createReferenceBackend());
  const { maps } = tidy(() => {
    const x = randn(new Key(0), [1, 1, length, 4]);
    const row = arange(0, length, 1, { dtype: "f32" }).reshape([length, 1]);
    const bias = where(eq(row, 1), Number.NaN, 0).expand([length, length]);
    return captureAttention(() => attention(x, x, x, { bias }));
  });
  const html = await renderAttention(
    maps,
    Array.from({ length }, (_, i) => `t${i}`),
  );
  for (const { weights, places } of Object.values(maps)) for (const it of [weights, places]) it.dispose();
  return html;
}

/** Decoder self-attention over the hostile tokens, and cross-attention from them to the sources. */
async function drawn(): Promise<{ html: string; svg: string }> {
  setBackend(createReferenceBackend());
  const { maps } = tidy(() => {
    const x = randn(new Key(0), [1, 2, 5, 4]);
    const memory = randn(new Key(1), [1, 2, 3, 4]);
    return captureAttention(() => [attention(x, x, x, { causal: true }), attention(x, memory, memory)]);
  });
  const tokens: AttentionTokens = (name) =>
    name === "attention" ? hostile : { queries: hostile, keys: sources };
  const html = await renderAttention(maps, tokens, { title: hostile[0] });
  const svg = await attentionSvg(maps, tokens, { title: hostile[0], heads: "each" });
  for (const { weights, places } of Object.values(maps)) for (const it of [weights, places]) it.dispose();
  return { html, svg };
}

describe.skipIf(!program)(`the page of renderAttention, in Chromium${reason}`, { timeout: 120_000 }, () => {
  let browser: Browser;
  let html: string;
  let svg: string;
  beforeAll(async () => {
    ({ html, svg } = await drawn());
    browser = await launch();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
  });

  const open = (options?: PageOptions, content = html): Promise<Page> => openPage(browser, content, options);
  const said = (page: Page): Promise<string | null> => page.textContent("output");

  test("hostile tokens stay text, and nothing is loaded", async () => {
    const page = await open();
    expect(await page.title()).toBe(hostile[0]);
    expect(await page.locator("img, h1 script, main b:has(script)").count()).toBe(0);
    const shown = hostile.map((token) => token.replaceAll(" ", "␣").replace("\u202E", "U+202E"));
    expect(await page.locator("#queries button").allTextContents()).toEqual(shown);
    await page.close();
  });

  test("keys alone choose heads, go through cells and choose tokens", async () => {
    const page = await open();
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    expect(await page.locator('[data-map="0"][data-head="0"]').getAttribute("aria-pressed")).toBe("true");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter"); // the mean of the second map
    expect(await page.textContent(".view h2")).toBe("attention#2 · mean of heads");
    await page.keyboard.press("Tab");
    for (const key of ["ArrowDown", "ArrowDown", "End"]) await page.keyboard.press(key);
    expect(await said(page)).toMatch(/^"'><b> looks at ␣bellt with 0\.\d\d \(query 3 of 5, key 3 of 3\)$/);
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    expect(await said(page)).toMatch(/^"'><b> looks most at /);
    const lines = await page.locator(".pair line").count();
    await page.keyboard.press("Escape");
    expect(await page.locator(".pair line").count()).toBeGreaterThan(lines);
    await page.close();
  });

  test("keys scroll a large map; its labels stay, and do not count as cells", async () => {
    const page = await open({}, await large(80));
    expect(await page.textContent(".view h2")).toBe("attention · head 0");
    await page.locator(".map").focus();
    for (let i = 0; i < 60; i++) await page.keyboard.press("ArrowDown");
    await page.keyboard.press("End");
    expect(await said(page)).toMatch(/^t60 looks at t79 /);
    const frame = await page.locator(".scroll").boundingBox();
    const [cell, row, column] = await Promise.all(
      ["#cell", '[data-row="60"]', '[data-column="79"]'].map((it) => page.locator(it).boundingBox()),
    );
    if (!(frame && cell && row && column)) throw new Error("there is no map");
    for (const box of [cell, row, column]) {
      expect(box.x).toBeGreaterThanOrEqual(frame.x);
      expect(box.y).toBeGreaterThanOrEqual(frame.y);
      expect(box.x + box.width).toBeLessThanOrEqual(frame.x + frame.width + 1);
      expect(box.y + box.height).toBeLessThanOrEqual(frame.y + frame.height + 1);
    }
    expect(row.x + row.width).toBeLessThan(cell.x);
    await page.mouse.move(row.x + 3, row.y + 3);
    expect(await said(page)).toBe("80 queries in rows, 80 keys in columns; head 0");
    await page.close();
  });

  test("weights that are NaN are seen and said", async () => {
    const page = await open({}, await large(3));
    expect(await page.locator(".legend .nan").count()).toBe(1);
    expect(await page.locator(".heads path.nan").getAttribute("d")).toBe("M0 1h3v1h-3z");
    await page.locator(".map").focus();
    await page.keyboard.press("ArrowDown");
    expect(await said(page)).toMatch(/^t1 looks at t0 with NaN /);
    await page.close();
    const other = await open();
    expect(await other.locator(".nan").count()).toBe(0);
    await other.close();
  });

  test("pointing at a cell tells its weight; a query sees nothing behind itself", async () => {
    const page = await open();
    const box = await page.locator(".map .cells").boundingBox();
    if (!box) throw new Error("there is no map");
    await page.mouse.move(box.x + box.width * 0.1, box.y + box.height * 0.1);
    expect(await said(page)).toContain("with 1.00 (query 1 of 5, key 1 of 5)");
    await page.mouse.move(box.x + box.width * 0.9, box.y + box.height * 0.1);
    expect(await said(page)).toContain("with 0.00 (query 1 of 5, key 5 of 5)");
    await page.close();
  });

  test("light and dark differ, and a phone is wide enough", async () => {
    const ground = (page: Page): Promise<string> =>
      page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const [light, dark] = [await open({ width: 340 }), await open({ width: 340, dark: true })];
    expect(await ground(light)).toBe("rgb(245, 244, 240)");
    expect(await ground(dark)).toBe("rgb(15, 18, 22)");
    expect(await light.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    await light.close();
    await dark.close();
  });

  test("the picture of attentionSvg stands alone, in the colours of the reader", async () => {
    const shots = [];
    for (const colorScheme of ["light", "dark"] as const) {
      const page = await browser.newPage({ colorScheme, viewport: { width: 900, height: 500 } });
      const source = `data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`;
      await page.setContent(`<style>:root{color-scheme:light dark}</style><img src="${source}">`);
      const image = page.locator("img");
      const size = await image.evaluate(async (it: HTMLImageElement) => {
        await it.decode(); // fails if it is not well-formed
        return [it.naturalWidth, it.naturalHeight];
      });
      expect(size).toEqual(/width="(\d+)" height="(\d+)" role/.exec(svg)?.slice(1).map(Number));
      shots.push(await image.screenshot());
      await page.close();
    }
    expect(shots[0].equals(shots[1])).toBe(false);
  });
});
