import { Key, randn, setBackend } from "@saccade/core";
import { createReferenceBackend } from "@saccade/core/reference";
import { alike, plain } from "./compare.ts";
import { compileSnippet } from "./compile.ts";

type Scope = Readonly<Record<string, unknown>>;

/**
 * Runs a snippet on the reference backend, as an asynchronous function of its own.
 *
 * @param code  TypeScript; lines `value; // => expected` are checked
 * @param scope  what the snippet sees by name, beside `q`, `k`, `v` (and `x`): see {@link fixtures}
 * @throws Error `line 3: expected 5 (got 4)`
 */
export async function runSnippet(code: string, scope: Scope): Promise<void> {
  const backend = createReferenceBackend();
  setBackend(backend);
  const names: Scope = { ...fixtures(), ...scope };
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
  const run = new AsyncFunction("load", "check", ...Object.keys(names), compileSnippet(code));
  await run((name: string) => import(/* @vite-ignore */ name), check, ...Object.values(names));
}

async function check(actual: unknown, expected: unknown): Promise<void> {
  const [got, wanted] = [await plain(await actual), await plain(expected)];
  if (!alike(got, wanted)) throw new Error(`expected ${show(wanted)} (got ${show(got)})`);
}

/** What a short example may use without saying so: `q` `[2, 4, 8, 16]`, `k` and `v` `[2, 2, 8, 16]`, `x` `[2, 8, 64]`. */
function fixtures(): Scope {
  const key = new Key(0);
  return {
    q: randn(key.fold(0), [2, 4, 8, 16]),
    k: randn(key.fold(1), [2, 2, 8, 16]),
    v: randn(key.fold(2), [2, 2, 8, 16]),
    x: randn(key.fold(3), [2, 8, 64]),
    console: { ...console, log: () => undefined },
  };
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}
