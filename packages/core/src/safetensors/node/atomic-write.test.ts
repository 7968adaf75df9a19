import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeFileAtomic } from "./atomic-write.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "saccade-atomic-"));
});
afterEach(() => rm(directory, { recursive: true }));

const bytes = (text: string) => new TextEncoder().encode(text);
const read = (name: string) => readFile(join(directory, name), "utf8");

describe("writeFileAtomic", () => {
  it("writes a new file and replaces an old one", async () => {
    await writeFileAtomic(join(directory, "f"), bytes("first, longer"));
    expect(await read("f")).toBe("first, longer");
    await writeFileAtomic(join(directory, "f"), bytes("second"));
    expect(await read("f")).toBe("second");
    expect(await readdir(directory)).toEqual(["f"]);
  });

  it("writes pieces, from a list or as they come", async () => {
    await writeFileAtomic(join(directory, "list"), [bytes("a"), bytes(""), bytes("b")]);
    async function* pieces() {
      yield bytes("c");
      yield bytes("d");
    }
    await writeFileAtomic(join(directory, "stream"), pieces());
    await writeFileAtomic(join(directory, "empty"), new Uint8Array(0));
    expect([await read("list"), await read("stream"), await read("empty")]).toEqual(["ab", "cd", ""]);
  });

  it("leaves the old file and no other when the content fails", async () => {
    await writeFileAtomic(join(directory, "f"), bytes("old"));
    function* failing() {
      yield bytes("half of the ne");
      throw new Error("source failed");
    }
    await expect(writeFileAtomic(join(directory, "f"), failing())).rejects.toThrow("source failed");
    expect(await read("f")).toBe("old");
    expect(await readdir(directory)).toEqual(["f"]);
  });

  it("leaves no file when the renaming fails", async () => {
    await mkdir(join(directory, "taken"));
    await writeFile(join(directory, "taken", "inside"), "");
    await expect(writeFileAtomic(join(directory, "taken"), bytes("x"))).rejects.toThrow();
    expect(await readdir(directory)).toEqual(["taken"]);
  });

  it("needs the directory", async () => {
    await expect(writeFileAtomic(join(directory, "none", "f"), bytes("x"))).rejects.toMatchObject({
      code: "ENOENT",
    });
  });

  it("is never seen half written", async () => {
    const path = join(directory, "f");
    await writeFileAtomic(path, bytes("a".repeat(100_000)));
    let writing = true;
    const writer = (async () => {
      for (let i = 0; i < 20; i++) await writeFileAtomic(path, bytes((i % 2 ? "a" : "b").repeat(100_000)));
      writing = false;
    })();
    while (writing) expect(await readFile(path, "utf8")).toMatch(/^(a{100000}|b{100000})$/);
    await writer;
  });

  it.skipIf(process.platform === "win32")("keeps permissions and follows links", async () => {
    const path = join(directory, "f");
    await writeFileAtomic(path, bytes("old"));
    await chmod(path, 0o640);
    await symlink(path, join(directory, "link"));
    await writeFileAtomic(join(directory, "link"), bytes("new"));
    expect(await read("f")).toBe("new");
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect((await readdir(directory)).sort()).toEqual(["f", "link"]);
  });
});
