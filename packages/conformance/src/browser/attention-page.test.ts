import { attention } from "@saccade/attention";
import {
  type AttentionTokens,
  attentionSvg,
  captureAttention,
  renderAttention,
} from "@saccade/attention/interpret";
import { Key, randn, setBackend, tidy } from "@saccade/core";
import { createReferenceBackend } from "@saccade/core/reference";
import { findChromium } from "@saccade/software-adapter";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const program = findChromium();
const reason = program ? "" : ": not run, there is no Chromium here";

const hostile = [
  '</script><script>document.title="broken"</script>',
  "<img src=x onerror=\"document.title='broken'\">",
  "\"'><b>",
  "&lt;",
  "\u202Eabc",
];
const sources = ["ein", " Hund", " bellt"];

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
    browser = await chromium.launch({
      executablePath: program?.path ?? "",
      headless: true,
      env: { ...process.env, ...program?.environment } as Record<string, string>,
      args: ["--no-sandbox", "--no-first-run"],
    });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
  });

  async function open(options: { width?: number; dark?: boolean } = {}): Promise<Page> {
    const colorScheme = options.dark ? "dark" : "light";
    const page = await browser.newPage({
      colorScheme,
      viewport: { width: options.width ?? 1200, height: 800 },
    });
    await page.route("**", (route) => route.fulfill({ contentType: "text/html; charset=utf-8", body: html }));
    const failures: string[] = [];
    page.on("pageerror", ({ message }) => failures.push(message));
    page.on("console", (message) => failures.push(message.text()));
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.goto("http://attention.test/");
    expect(failures).toEqual([]);
    expect(asked).toEqual(["http://attention.test/"]);
    return page;
  }
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
