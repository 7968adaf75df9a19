import { type LensReadings, renderLens } from "@saccade/attention/interpret";
import { full, setBackend, tensor } from "@saccade/core";
import { createReferenceBackend } from "@saccade/core/reference";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, openPage, type PageOptions, program, reason } from "./static-page.ts";

const vocabulary = [
  "</script><script>document.title='broken'</script>",
  " Hund",
  "\u202Eabc",
  "a".repeat(40),
];

/** Readings at three places of a text of 20 tokens: the likeliest is that of the position, and a place further. */
async function drawn(): Promise<string> {
  setBackend(createReferenceBackend());
  const [L, T] = [3, 20];
  const ids = Int32Array.from({ length: L * T * 2 }, (_, i) => (Math.floor(i / 2) + (i % 2)) % 4);
  const shares = Float32Array.from({ length: L * T * 2 }, (_, i) => (i % 2 === 0 ? (i % 40) / 40 : 0.01));
  const readings: LensReadings = {
    names: ["input", "model.layers.0", "model.layers.1"],
    tokens: tensor(ids, { shape: [L, 1, T, 2] }),
    probabilities: tensor(shares, { shape: [L, 1, T, 2] }),
    entropy: full([L, 1, T], 1.5),
    divergence: full([L, 1, T], 0.25),
  };
  const text = Array.from({ length: T }, (_, t) => vocabulary[t % 4]);
  const html = await renderLens(readings, text, (id) => vocabulary[id], { title: vocabulary[0] });
  for (const it of [readings.tokens, readings.probabilities, readings.entropy, readings.divergence])
    it.dispose();
  return html;
}

describe.skipIf(!program)(`the page of renderLens, in Chromium${reason}`, { timeout: 120_000 }, () => {
  let browser: Browser;
  let html: string;
  beforeAll(async () => {
    html = await drawn();
    browser = await launch();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
  });

  const open = (options?: PageOptions): Promise<Page> => openPage(browser, html, options);
  const tips = (page: Page): Promise<string[]> => page.locator(".tip:visible").allTextContents();

  test("hostile tokens stay text; the end of the model is on top", async () => {
    const page = await open();
    expect(await page.title()).toBe(vocabulary[0]);
    expect(await page.locator("td script, th script, h1 script").count()).toBe(0);
    expect(await page.locator("th[scope=row]").allTextContents()).toEqual([
      "model.layers.1",
      "model.layers.0",
      "input",
    ]);
    expect(await page.locator("tfoot th").nth(2).textContent()).toBe("U+202Eabc");
    await page.close();
  });

  test("one stop for the Tab key; arrows go from cell to cell, which tell what they have", async () => {
    const page = await open();
    expect(await tips(page)).toEqual([]);
    await page.keyboard.press("Tab");
    for (const key of ["ArrowDown", "ArrowDown", "ArrowRight"]) await page.keyboard.press(key);
    const told = "␣Hund0.050U+202Eabc0.010entropy 1.50, divergence 0.25 nats"; // of the input, at place 1
    expect(await tips(page)).toEqual([told]);
    await page.keyboard.press("End");
    const cell = await page.locator("td:focus").boundingBox();
    const frame = await page.locator(".scroll").boundingBox();
    if (!(cell && frame)) throw new Error("no cell has the focus");
    expect(cell.x + cell.width).toBeLessThanOrEqual(frame.x + frame.width);
    await page.keyboard.press("Escape");
    expect(await tips(page)).toEqual([]);
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Tab");
    expect(await page.locator("td:focus > bdi").textContent()).toBe("a".repeat(40)); // where one was
    expect(await page.locator('td[tabindex="0"]').count()).toBe(1);
    await page.close();
  });

  test("a cell that is pointed at tells what it has", async () => {
    const page = await open();
    await page.locator("td[tabindex]").nth(5).hover();
    expect(await tips(page)).toEqual(["␣Hund0.250U+202Eabc0.010entropy 1.50, divergence 0.25 nats"]);
    await page.close();
  });

  test("a phone is wide enough, names of places stay in sight, long tokens are cut", async () => {
    const page = await open({ width: 340, dark: true });
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    const left = async (): Promise<number> =>
      (await page.locator("th[scope=row]").first().boundingBox())?.x ?? Number.NaN;
    const before = await left();
    await page.locator(".scroll").evaluate((it) => it.scrollTo(400, 0));
    expect(Math.abs((await left()) - before)).toBeLessThanOrEqual(2); // the space between cells
    const widths = await page
      .locator("td[tabindex]")
      .evaluateAll((cells) => cells.map((cell) => cell.getBoundingClientRect().width));
    expect(Math.max(...widths)).toBeLessThan(150);
    await page.close();
  });
});
