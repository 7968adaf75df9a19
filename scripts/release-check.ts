import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { publicPackages, root } from "./workspace.ts";

/**
 * The release, without publishing: versions and packs every public package in a copy of the workspace, installs
 * the tarballs into an empty folder, imports every entry by its name on every supported Node, and checks the types of
 * all as a page has them: an older lib, and no types of Node's.
 */
const nodeVersions = ["20", "24", "26"];

/** Run by each of them, after the imports. */
const smokeTest = `
  const { setBackend, tensor } = await import("@saccade/core");
  const { createReferenceBackend } = await import("@saccade/core/reference");
  const { createCpuBackend } = await import("@saccade/cpu-kernels");
  const backends = [createReferenceBackend(), await createCpuBackend()];
  for (const backend of backends) {
    setBackend(backend);
    const product = await tensor([[1, 2], [3, 4]]).matmul(tensor([[1], [10]])).array();
    if (JSON.stringify(product) !== "[[21],[43]]") throw new Error("matmul gave " + JSON.stringify(product));
  }`;
const temp = mkdtempSync(join(tmpdir(), "saccade-release-"));
const copy = join(temp, "workspace");
const tarballs = join(temp, "tarballs");
const consumer = join(temp, "consumer");

try {
  copyWorkspace();
  version();
  pack();
  install();
  importEverywhere();
  checkTypes();
} finally {
  rmSync(temp, { recursive: true, force: true });
}

function copyWorkspace(): void {
  const files = run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], root).split(
    "\0",
  );
  for (const file of files) {
    if (!file || !existsSync(join(root, file))) continue;
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  for (const { dir, manifest } of publicPackages()) {
    for (const built of ["dist", "src/generated"]) {
      const target = join(copy, dir.slice(root.length), built);
      if (existsSync(join(dir, built))) cpSync(join(dir, built), target, { recursive: true });
      else if (built === "dist")
        throw new Error(`release-check: ${manifest.name} has no dist; run "npm run build"`);
    }
  }
  // changesets asks git for the commit of each changeset.
  run("git", ["init", "--quiet"], copy);
  run("git", ["add", "--all"], copy);
  const identity = ["-c", "user.name=release-check", "-c", "user.email=release-check@localhost"];
  run("git", [...identity, "commit", "--quiet", "--no-verify", "--message=release-check"], copy);
  run("pnpm", ["install", "--offline", "--frozen-lockfile", "--ignore-scripts"], copy);
}

function version(): void {
  if (readdirSync(join(copy, ".changeset")).some((file) => file.endsWith(".md") && file !== "README.md")) {
    run("changeset", ["version"], copy);
  }
  const versions = new Set(publicPackages(copy).map((it) => it.manifest.version));
  if (versions.size !== 1)
    throw new Error(`release-check: not one version line: ${[...versions].join(", ")}`);
  console.log(`version ${[...versions][0]}`);
}

function pack(): void {
  for (const { dir } of publicPackages(copy)) run("pnpm", ["pack", "--pack-destination", tarballs], dir);
  for (const file of readdirSync(tarballs)) console.log(`packed ${file}`);
}

function install(): void {
  mkdirSync(consumer);
  writeFileSync(join(consumer, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const files = readdirSync(tarballs).map((file) => join(tarballs, file));
  run(
    "npm",
    ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", ...files],
    consumer,
  );
}

/** Every entry, by its name. */
function entryNames(): string[] {
  return publicPackages(copy).flatMap(({ manifest }) =>
    Object.keys(manifest.exports ?? {})
      .filter((subpath) => subpath !== "./package.json")
      .map((subpath) => manifest.name + subpath.slice(1)),
  );
}

function checkTypes(): void {
  const folder = join(consumer, "types");
  mkdirSync(folder);
  const names = entryNames();
  writeFileSync(
    join(folder, "import.ts"),
    names.map((name, i) => `import * as entry${i} from "${name}";\nconsole.log(entry${i});\n`).join(""),
  );
  for (const [moduleResolution, module] of [
    ["bundler", "esnext"],
    ["node16", "node16"],
  ]) {
    const compilerOptions = {
      ...{ strict: true, noEmit: true, skipLibCheck: false, target: "es2022", lib: ["es2022", "dom"] },
      ...{ moduleResolution, module, types: [] },
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["import.ts"] }));
    run("tsc", ["-p", "."], folder);
    console.log(`types of ${names.length} entries, as ${moduleResolution} resolves them`);
  }
}

function importEverywhere(): void {
  const names = entryNames();
  writeFileSync(
    join(consumer, "import.js"),
    `for (const name of ${JSON.stringify(names)}) {
       const module = await import(name);
       if (Object.keys(module).length === 0) throw new Error(name + " exports nothing");
     }
     ${smokeTest}
     console.log("node " + process.versions.node + ": imported ${names.length} entries, multiplied on " + backends.length + " backends");`,
  );
  for (const node of nodeVersions) {
    const args = ["--yes", `--package=node@${node}`, "--", "node", "import.js"];
    process.stdout.write(run("npx", args, consumer));
  }
}

function run(program: string, args: string[], cwd: string): string {
  // Without this workspace's own tools on the path, as for a user; its pnpm and changeset by full path.
  const bin = join(root, "node_modules", ".bin");
  const own = existsSync(join(bin, program));
  const env = { ...process.env };
  if (!own) {
    env.PATH = (env.PATH ?? "")
      .split(delimiter)
      .filter((folder) => !folder.startsWith(root))
      .join(delimiter);
  }
  try {
    return execFileSync(own ? join(bin, program) : program, args, {
      cwd,
      env,
      encoding: "utf8",
      timeout: 300_000,
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    console.error(`${stdout ?? ""}${stderr ?? ""}`);
    throw new Error(`release-check: "${program} ${args.join(" ")}" failed`);
  }
}
