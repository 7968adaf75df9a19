import { defineConfig, type ViteUserConfig } from "vitest/config";
import { BaseSequencer, type TestSequencerConstructor, type TestSpecification } from "vitest/node";

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

/** Starts these files first, in this order, so that the last workers end together; vitest itself starts the largest. */
export function longestFirst(files: readonly string[]): TestSequencerConstructor {
  const place = ({ moduleId }: TestSpecification): number => {
    const found = files.findIndex((file) => moduleId.endsWith(`/${file}`));
    return found < 0 ? files.length : found;
  };
  return class extends BaseSequencer {
    override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
      const others = await super.sort(specifications);
      return others.sort((a, b) => place(a) - place(b));
    }
  };
}
