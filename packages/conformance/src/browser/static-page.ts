import { findChromium } from "@saccade/software-adapter";
import { type Browser, chromium, type Page } from "playwright-core";
import { expect } from "vitest";

export const program = findChromium();
export const reason = program ? "" : ": not run, there is no Chromium here";

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: program?.path ?? "",
    headless: true,
    env: { ...process.env, ...program?.environment } as Record<string, string>,
    args: ["--no-sandbox", "--no-first-run"],
  });
}

export interface PageOptions {
  readonly width?: number;
  readonly dark?: boolean;
}

/** Shows a page that stands alone: it asks for nothing, and its console stays empty. */
export async function openPage(browser: Browser, html: string, options: PageOptions = {}): Promise<Page> {
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
