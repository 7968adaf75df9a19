/**
 * SwiftShader, a Vulkan driver in software, from a development dependency: WebGPU in Node on machines without a GPU.
 * It takes effect only before the package `webgpu` is loaded, and only in the main thread of a process.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { constants, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { brotliDecompressSync } from "node:zlib";

const wanted = /^(libvulkan|libvk_swiftshader|vk_swiftshader)/;
const RTLD_NODELETE = 0x1000;
const TAR_BLOCK = 512;

/**
 * Makes SwiftShader the Vulkan driver of this process, unless a driver was chosen by `VK_ICD_FILENAMES`, or the GPU of
 * the machine by `SACCADE_GPU=hardware`.
 */
export function useSoftwareAdapter(): void {
  const { VK_ICD_FILENAMES, SACCADE_GPU } = process.env;
  if (VK_ICD_FILENAMES || SACCADE_GPU === "hardware" || process.platform !== "linux") return;
  const folder = unpack();
  process.env.VK_ICD_FILENAMES = join(folder, "vk_swiftshader_icd.json");
  const flags = constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL | RTLD_NODELETE;
  try {
    // It stays loaded under its name, where Dawn finds it.
    process.dlopen({ exports: {} } as NodeModule, join(folder, "libvulkan.so.1"), flags);
  } catch (error) {
    if (!String(error).includes("self-register")) throw error; // it is no addon, as expected
  }
}

function unpack(): string {
  const entry = createRequire(import.meta.url).resolve("@sparticuz/chromium"); // build/index.js
  const root = dirname(dirname(entry));
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const folder = join(tmpdir(), `saccade-swiftshader-${version}`);
  const done = join(folder, "complete");
  if (existsSync(done)) return folder;
  mkdirSync(folder, { recursive: true });
  const tar = brotliDecompressSync(readFileSync(join(root, "bin", "swiftshader.tar.br")));
  for (const { name, bytes } of entriesOf(tar)) {
    if (!wanted.test(name)) continue;
    const partial = join(folder, `${name}.${process.pid}`);
    writeFileSync(partial, bytes);
    renameSync(partial, join(folder, name)); // processes may unpack at the same time
  }
  writeFileSync(done, "");
  return folder;
}

/** The files of a tar archive: name at 0, octal size at 124, contents in blocks of 512 bytes. */
function* entriesOf(tar: Buffer): Generator<{ name: string; bytes: Buffer }> {
  for (let at = 0; at < tar.length && tar[at] !== 0; ) {
    const name = tar.toString("utf8", at, at + 100).split("\0")[0];
    const size = Number.parseInt(tar.toString("utf8", at + 124, at + 136), 8);
    yield { name, bytes: tar.subarray(at + TAR_BLOCK, at + TAR_BLOCK + size) };
    at += TAR_BLOCK * (1 + Math.ceil(size / TAR_BLOCK));
  }
}
