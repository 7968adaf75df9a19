import { expect, test } from "vitest";
import { compileModule } from "./binary.ts";

for (const level of ["relaxed", "baseline"] as const) {
  for (const shared of [true, false]) {
    test(`${level}, ${shared ? "shared" : "ordinary"} memory`, async () => {
      const module = await compileModule(level, shared);
      const right = new WebAssembly.Memory({ initial: 100, maximum: 1000, shared });
      const wrong = new WebAssembly.Memory({ initial: 100, maximum: 1000, shared: !shared });
      const env = { blasGemm: () => 0 };
      expect(new WebAssembly.Instance(module, { env: { ...env, memory: right } }).exports.fill).toBeTypeOf(
        "function",
      );
      expect(() => new WebAssembly.Instance(module, { env: { ...env, memory: wrong } })).toThrow();
    });
  }
}
