import { defineConfig, type ViteUserConfig } from "vitest/config";

/** What every package's vitest.config.ts says: read sources, write a report that `npm test` adds up. */
export function packageTests(overrides: ViteUserConfig["test"] = {}): ViteUserConfig {
  const conditions = ["@saccade/source"];
  return defineConfig({
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: conditions } },
    test: {
      include: ["src/**/*.test.ts"],
      reporters: ["default", ["json", { outputFile: ".vitest/report.json" }]],
      testTimeout: 90_000,
      ...overrides,
    },
  });
}
