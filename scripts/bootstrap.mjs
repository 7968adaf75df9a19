// Runs a command of this workspace on a bare machine: `node scripts/bootstrap.mjs app|tool <command...>`.
// Plain Node 20, no dependencies: installs the workspace when needed, then runs the command on Node 26.
//   app  <file.ts> <args...>    a program of ours, from its sources
//   tool <command> <args...>    a tool from node_modules/.bin

import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, "node_modules", ".bin");
const windows = process.platform === "win32";
const env = {
  ...process.env,
  PATH: `${bin}${delimiter}${process.env.PATH ?? ""}`,
  TURBO_TELEMETRY_DISABLED: "1",
  DO_NOT_TRACK: "1",
};

const [kind, command, ...args] = process.argv.slice(2);
if ((kind !== "app" && kind !== "tool") || command === undefined) {
  console.error("usage: node scripts/bootstrap.mjs app <file.ts> <args...> | tool <command> <args...>");
  process.exit(2);
}

install();
if (kind === "app") {
  buildWasm();
  runApp(join(root, command), args);
} else {
  runTool(command, args);
}

/** Installs by pnpm where node_modules is missing or older than the lockfile. */
function install() {
  const stamp = join(root, "node_modules", ".saccade-install");
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "pnpm-lock.yaml")))
    .update(readFileSync(join(root, "package.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  say(
    `installing the workspace with ${packageManager} (first run, or the lockfile changed; about half a minute) ...`,
  );
  const started = Date.now();
  const args = ["--yes", packageManager, "install", "--frozen-lockfile", "--reporter=append-only"];
  step("npx", args, "the installation");
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
  say(`installed in ${seconds(started)} s`);
}

/** Builds the WASM kernels; a cache hit takes a fraction of a second. */
function buildWasm() {
  const generated = join(root, "packages", "cpu-kernels", "src", "generated");
  const first = !existsSync(generated);
  if (first) say("building the WASM kernels ...");
  const started = Date.now();
  step("turbo", ["run", "build:wasm", "--output-logs=errors-only"], "building the WASM kernels", true);
  if (first) say(`built in ${seconds(started)} s`);
}

function step(program, args, what, quiet = false) {
  const { status, signal, error, stdout, stderr } = spawnSync(program, args, {
    cwd: root,
    env,
    shell: windows,
    stdio: quiet ? ["ignore", "pipe", "pipe"] : ["ignore", 2, 2],
  });
  if (status === 0) return;
  if (quiet) process.stderr.write(`${stdout}${stderr}`);
  say(`${what} failed (${error?.message ?? signal ?? `exit code ${status}`})`);
  process.exit(status ?? exitCode(signal));
}

/**
 * A program of ours gets each signal exactly once. It runs in a process group of its own, because npm passes
 * on the Ctrl-C that the terminal has already sent to every process of the group.
 */
function runApp(file, args) {
  const guard = pathToFileURL(join(root, "scripts", "follow-parent.mjs")).href;
  const node = join(root, "node_modules", "node", "bin", windows ? "node.exe" : "node");
  const child = spawn(node, ["--conditions=@saccade/source", `--import=${guard}`, file, ...args], {
    env,
    detached: !windows,
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
  const lastSeen = {};
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGWINCH"]) {
    process.on(signal, () => {
      const now = performance.now();
      const echo = signal !== "SIGWINCH" && now - lastSeen[signal] < 300;
      lastSeen[signal] = now;
      if (!echo && !windows) child.kill(signal);
    });
  }
  // npm can die of a signal without passing it on.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill("SIGTERM");
  }, 500);
  if (!env.npm_lifecycle_event) clearInterval(watch);
  finishWith(child);
}

function runTool(program, args) {
  const child = spawn(program, args, { env, shell: windows, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  finishWith(child);
}

function finishWith(child) {
  child.on("error", (error) => {
    say(`could not start: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(code ?? exitCode(signal)));
}

function exitCode(signal) {
  return 128 + (constants.signals[signal] ?? 1);
}

function seconds(since) {
  return ((Date.now() - since) / 1000).toFixed(1);
}

function say(line) {
  console.error(`saccade: ${line}`);
}
