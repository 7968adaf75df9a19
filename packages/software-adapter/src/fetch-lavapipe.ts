/**
 * `npm run lavapipe`: unpacks the Vulkan driver lavapipe into this package's cache, by the system's apt and without root.
 * It installs nothing; libraries that the driver lacks are named, to be installed by hand.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findLavapipe, lavapipeFolder } from "./lavapipe.ts";

const PACKAGE = "mesa-vulkan-drivers";
const LEAST_MESA = 24;
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

const known = findLavapipe();
if ("file" in known) {
  console.log(`lavapipe is there: ${known.file}`);
} else {
  try {
    console.log(`lavapipe is unpacked: ${fetch()}`);
  } catch (error) {
    console.error(`lavapipe: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}

/** Downloads and unpacks; returns the driver's description. */
function fetch(): string {
  rmSync(lavapipeFolder, { recursive: true, force: true });
  mkdirSync(join(lavapipeFolder, "lists", "partial"), { recursive: true });
  const own = isRecent(run("apt-cache", ["policy", PACKAGE])) ? [] : useBackports();
  run("apt-get", [...own, "download", PACKAGE]);
  const archive = readdirSync(lavapipeFolder).find((name) => name.endsWith(".deb"));
  if (archive === undefined) throw new Error(`apt-get downloaded no ${PACKAGE}`);
  const root = join(lavapipeFolder, "root");
  run("dpkg-deb", ["--extract", archive, root]);
  const library = readdirSync(root, { recursive: true, encoding: "utf8" }).find((path) =>
    path.endsWith("/libvulkan_lvp.so"),
  );
  if (library === undefined) throw new Error(`${archive} has no libvulkan_lvp.so`);
  const missing = [...run("ldd", [join(root, library)]).matchAll(/(\S+) => not found/g)].map(
    ([, name]) => name,
  );
  if (missing.length > 0) {
    throw new Error(
      `the driver needs libraries that are not installed (${missing.join(", ")}); ` +
        `sudo apt-get install --no-install-recommends ${PACKAGE} brings them`,
    );
  }
  const file = join(lavapipeFolder, "lavapipe.json");
  const ICD = { library_path: join(root, library), api_version: "1.4.305" };
  writeFileSync(file, JSON.stringify({ file_format_version: "1.0.1", ICD }));
  return file;
}

/** Options of apt that see the backports of this Debian release alone, from the mirror that the system uses. */
function useBackports(): string[] {
  const release = readFileSync("/etc/os-release", "utf8");
  const codename = /^VERSION_CODENAME=(\S+)$/m.exec(release)?.[1];
  if (!/^ID=debian$/m.test(release) || codename === undefined) {
    throw new Error(
      `this system's ${PACKAGE} is older than Mesa ${LEAST_MESA}, and it has no Debian backports`,
    );
  }
  const targets = run("apt-get", ["indextargets", "--format", "$(CODENAME) $(SITE)", "Created-By: Packages"]);
  const own = targets.split("\n").map((line) => line.split(" "));
  const [, site] = own.find(([name]) => name === codename) ?? [];
  if (site === undefined) throw new Error(`apt has no mirror of ${codename}; run apt-get update`);
  const list = join(lavapipeFolder, "backports.list");
  const signed = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : "";
  writeFileSync(list, `deb ${signed}${site} ${codename}-backports main\n`);
  const options = [
    `Dir::Etc::sourcelist=${list}`,
    "Dir::Etc::sourceparts=/dev/null",
    `Dir::State::Lists=${join(lavapipeFolder, "lists")}`,
    `Dir::Cache=${lavapipeFolder}`,
  ].flatMap((option) => ["-o", option]);
  run("apt-get", [...options, "update"]);
  return options;
}

function isRecent(policy: string): boolean {
  const major = /Candidate: (?:\d+:)?(\d+)/.exec(policy)?.[1];
  return major !== undefined && Number(major) >= LEAST_MESA;
}

function run(program: string, args: readonly string[]): string {
  return execFileSync(program, args, {
    cwd: lavapipeFolder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}
