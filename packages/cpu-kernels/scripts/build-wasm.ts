/**
 * Builds assembly/ into src/generated/: two binaries from one source (relaxed and baseline SIMD), gzipped and in
 * base64, and an interface of the exports with the parameter names of the sources.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import asc from "assemblyscript/asc";

const root = fileURLToPath(new URL("..", import.meta.url));
const generated = new URL("../src/generated/", import.meta.url);
mkdirSync(generated, { recursive: true });

/** Compiles once; returns the files that asc wrote, by name. */
async function compile(name: string, extra: readonly string[]): Promise<Map<string, string | Uint8Array>> {
  const files = new Map<string, string | Uint8Array>();
  const options = [
    "assembly/index.ts",
    ...["--outFile", `${name}.wasm`],
    ...["--baseDir", root],
    ...["--runtime", "stub", "--memoryBase", "1024"],
    ...["--importMemory", "--noExportMemory", "--sharedMemory"],
    ...["--initialMemory", "1", "--maximumMemory", "65535"],
    ...["--enable", "threads", "--enable", "simd", "--use", "abort="],
    ...["-O3", "--noAssert", "--uncheckedBehavior", "always"],
    ...extra,
  ];
  const { error, stderr } = await asc.main(options, {
    writeFile: (file: string, contents: string | Uint8Array) => void files.set(file, contents),
  });
  if (error) throw new Error(`asc (${name}): ${error.message}\n${stderr.toString()}`);
  const warnings = stderr.toString();
  if (warnings) process.stderr.write(warnings);
  return files;
}

/** The interface body: asc's raw bindings declare every export with its parameter names. */
function exportsInterface(bindings: string): string {
  const functions = [...bindings.matchAll(/export function (\w+)\(([^)]*)\): (\w+);/g)];
  return functions
    .map(([, name, parameters, result]) => `  readonly ${name}: (${parameters}) => ${result};`)
    .join("\n");
}

/** The exported globals as TypeScript constants, read from an instance. */
async function constants(binary: Uint8Array<ArrayBuffer>): Promise<string> {
  const module = await WebAssembly.compile(binary);
  const env: Record<string, WebAssembly.ImportValue> = {};
  for (const { name, kind } of WebAssembly.Module.imports(module)) {
    env[name] =
      kind === "memory" ? new WebAssembly.Memory({ initial: 128, maximum: 65535, shared: true }) : () => {};
  }
  const { exports } = await WebAssembly.instantiate(module, { env });
  return Object.entries(exports)
    .flatMap(([name, value]) =>
      value instanceof WebAssembly.Global ? `export const ${name} = ${value.value};` : [],
    )
    .join("\n");
}

const header = "// Made by scripts/build-wasm.ts; do not edit.\n";
const relaxed = await compile("relaxed", ["--enable", "relaxed-simd", "--bindings", "raw"]);
const baseline = await compile("baseline", []);
for (const [name, files] of [
  ["relaxed", relaxed],
  ["baseline", baseline],
] as const) {
  const binary = files.get(`${name}.wasm`) as Uint8Array;
  const packed = gzipSync(binary, { level: 9 });
  writeFileSync(
    new URL(`${name}.ts`, generated),
    `${header}/** The ${name} SIMD build: gzip, base64. */\nexport const binary =\n  "${packed.toString("base64")}";\n`,
  );
  process.stdout.write(`${name}: ${binary.length} bytes, ${packed.length} gzipped\n`);
}
const members = exportsInterface(String(relaxed.get("relaxed.d.ts")));
const values = await constants(relaxed.get("relaxed.wasm") as Uint8Array<ArrayBuffer>);
writeFileSync(
  new URL("exports.ts", generated),
  `${header}\n${values}\n\n/** What the WASM module exports. Pointers come back signed: \`>>> 0\` them. */\n` +
    `export interface WasmExports {\n${members}\n}\n`,
);
