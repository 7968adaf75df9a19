import { defineConfig } from "vitest/config";

/** `pnpm vitest` in the root: every package's tests in one process, for editors and watch mode. */
export default defineConfig({
  test: { projects: ["packages/*", "apps/*", "examples"], passWithNoTests: true },
});
