import { findChromium, gpuTests } from "@saccade/software-adapter";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Site, serveTests } from "./serve.ts";

const program = findChromium();
const reason = program ? "" : ": not run, there is no Chromium here";

const flags = [
  "--no-sandbox",
  "--no-first-run",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--enable-unsafe-webgpu", // a software adapter where there is no GPU
  "--disable-dawn-features=use_vulkan_zero_initialize_workgroup_memory_extension", // SwiftShader unrolls it: slow
];

type TestName = "gpuKernels" | "cpuThreads" | "trainingInWorker" | "warmUpIsSmooth" | "deviceLoss";

describe.skipIf(!program)(`in Chromium${reason}`, { timeout: 180_000 }, () => {
  let browser: Browser;
  let site: Site;
  beforeAll(async () => {
    site = await serveTests();
    const env = { ...process.env, ...program?.environment } as Record<string, string>;
    browser = await chromium.launch({
      executablePath: program?.path ?? "",
      headless: true,
      env,
      args: flags,
    });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  async function run(name: TestName, prepare?: (page: Page) => Promise<void>): Promise<string | null> {
    const page = await browser.newPage();
    try {
      await prepare?.(page);
      await page.goto(site.url);
      return await page.evaluate(async (wanted) => {
        const { saccadeTests } = globalThis as unknown as {
          saccadeTests: Record<string, () => Promise<string | null>>;
        };
        return saccadeTests[wanted]();
      }, name);
    } finally {
      await page.close();
    }
  }

  test("the CPU backend computes with threads", async () => {
    expect(await run("cpuThreads")).toBeNull();
  });

  describe.skipIf(gpuTests.leftOut)(gpuTests.title("on WebGPU"), () => {
    test("kernels compute what they should", async () => {
      expect(await run("gpuKernels")).toBeNull();
    });

    test("a model trains in a worker as on the CPU", async () => {
      expect(await run("trainingInWorker")).toBeNull();
    });

    test("warming up compiles a training step without a task that freezes the page", async () => {
      expect(await run("warmUpIsSmooth")).toBeNull();
    });

    test("a lost device is an error, and nothing hangs", async () => {
      const crash = async (page: Page): Promise<void> => {
        const session = await browser.newBrowserCDPSession();
        await page.exposeFunction("crashGpu", async () => {
          await session.send("Browser.crashGpuProcess");
        });
      };
      expect(await run("deviceLoss", crash)).toBeNull();
    });
  });
});
