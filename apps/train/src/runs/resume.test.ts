import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { saccade, temporaryFolder } from "../testing/cli.ts";

const smallDates = ["train", "dates", "--steps", "40", "--batch-size", "4", "--threads", "1"];

/** All files of the newest checkpoint, by name. */
function checkpointOf(run: string): Record<string, Buffer> {
  const folders = readdirSync(join(run, "checkpoints"));
  expect(folders).toHaveLength(1); // older ones and temporary ones are gone
  const folder = join(run, "checkpoints", folders[0]);
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
}

function losses(run: string): [number, number][] {
  const lines = readFileSync(join(run, "metrics.jsonl"), "utf8").trim().split("\n");
  return lines
    .map((line) => JSON.parse(line))
    .flatMap(({ step, loss }) => (loss === undefined ? [] : [[step, loss]]));
}

describe("a stopped run", () => {
  it("goes on exactly: same weights, same moments, same metrics", { timeout: 120_000 }, async () => {
    const cwd = temporaryFolder();
    const whole = await saccade([...smallDates, "--out", "whole"], cwd);
    expect(whole.code, whole.stderr).toBe(0);

    const stopped = await saccade([...smallDates, "--out", "stopped"], cwd, (child) => {
      const timer = setInterval(() => {
        if (!existsSync(join(cwd, "stopped", "metrics.jsonl"))) return;
        clearInterval(timer);
        child.kill("SIGINT");
      }, 5);
    });
    expect(stopped.code, stopped.stderr).toBe(130);
    expect(stopped.stdout).toContain("--resume");
    const steps = losses(join(cwd, "stopped")).length;
    expect(steps).toBeLessThan(4);

    const resumed = await saccade(["train", "dates", "--resume", "stopped", "--threads", "1"], cwd);
    expect(resumed.code, resumed.stderr).toBe(0);
    const [a, b] = [checkpointOf(join(cwd, "whole")), checkpointOf(join(cwd, "stopped"))];
    expect(Object.keys(b)).toEqual(Object.keys(a));
    for (const name of Object.keys(a)) expect(b[name].equals(a[name]), name).toBe(true);
    expect(losses(join(cwd, "stopped"))).toEqual(losses(join(cwd, "whole")));

    const predicted = await saccade(["predict", "stopped", "3. März 2026", "1 May 2020"], cwd);
    expect(predicted.code, predicted.stderr).toBe(0);
    expect(predicted.stdout.trim().split("\n")).toHaveLength(2);
    expect(existsSync(join(cwd, "whole", "attention.html"))).toBe(true);

    const long = await saccade(["predict", "stopped", "x".repeat(100)], cwd);
    expect(long.code).toBe(2);
    expect(long.stderr).toMatch(/100 characters/);

    const configPath = join(cwd, "stopped", "config.json");
    const config = readFileSync(configPath, "utf8");
    writeFileSync(configPath, JSON.stringify({ ...JSON.parse(config), fingerprint: "00000000" }));
    const otherTexts = await saccade(["train", "dates", "--resume", "stopped"], cwd);
    expect(otherTexts.code).toBe(2);
    expect(otherTexts.stderr).toMatch(/other date texts/);
    writeFileSync(configPath, config);

    const [folder] = readdirSync(join(cwd, "stopped", "checkpoints"));
    truncateSync(join(cwd, "stopped", "checkpoints", folder, "model.safetensors"), 5000);
    const damaged = await saccade(["predict", "stopped", "1 May 2020"], cwd);
    expect(damaged.code).toBe(2);
    expect(damaged.stderr).toMatch(/cannot use the checkpoint .*model\.safetensors/);
  });

  it("learns a text and samples from it", { timeout: 120_000 }, async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "text.txt"), "the cat sat on the mat. ".repeat(60));
    const size = ["--embed-dim", "32", "--num-layers", "1", "--num-heads", "2", "--context-length", "16"];
    const trained = await saccade(["train", "lm", "--data", "text.txt", "--steps", "240", ...size], cwd);
    expect(trained.code, trained.stderr).toBe(0);
    const loss = Number(/Validation loss: ([\d.]+)/.exec(trained.stdout)?.[1]);
    expect(loss).toBeLessThan(1);
    const sampled = await saccade(
      ["sample", join("runs", "lm"), "--prompt", "the cat", "--length", "20", "--temperature", "0"],
      cwd,
    );
    expect(sampled.code, sampled.stderr).toBe(0);
    expect(sampled.stdout).toMatch(/^the cat.{20}\n$/);
    writeFileSync(join(cwd, "text.txt"), "another text. ".repeat(100));
    const changed = await saccade(["train", "lm", "--resume", join("runs", "lm")], cwd);
    expect(changed.code).toBe(2);
    expect(changed.stderr).toMatch(/text\.txt has changed/);
    const unknown = await saccade(["sample", join("runs", "lm"), "--prompt", "Ω"], cwd);
    expect(unknown.code).toBe(2);
  });

  it("goes on exactly in mixed precision, too: the factor on the loss is saved", {
    timeout: 120_000,
  }, async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "text.txt"), "the quick brown fox jumps over the lazy dog. ".repeat(12));
    const sizes = ["--context-length", "8", "--embed-dim", "16", "--num-layers", "1", "--num-heads", "2"];
    const mixed = ["--data", "text.txt", "--steps", "40", "--batch-size", "2", "--dtype", "f16", ...sizes];
    const small = ["train", "lm", ...mixed, "--backend", "reference"];
    const whole = await saccade([...small, "--out", "whole"], cwd);
    expect(whole.code, whole.stderr).toBe(0);
    const stopped = await saccade([...small, "--out", "stopped"], cwd, (child) => {
      const timer = setInterval(() => {
        if (!existsSync(join(cwd, "stopped", "metrics.jsonl"))) return;
        clearInterval(timer);
        child.kill("SIGINT");
      }, 5);
    });
    expect(stopped.code, stopped.stderr).toBe(130);
    const resumed = await saccade(["train", "lm", "--resume", "stopped", "--backend", "reference"], cwd);
    expect(resumed.code, resumed.stderr).toBe(0);
    const [a, b] = [checkpointOf(join(cwd, "whole")), checkpointOf(join(cwd, "stopped"))];
    for (const name of Object.keys(a)) expect(b[name].equals(a[name]), name).toBe(true);
    expect(JSON.parse(a["state.json"].toString()).scaler).toMatchObject({ scale: 65536, growthTracker: 40 });
    expect(losses(join(cwd, "stopped"))).toEqual(losses(join(cwd, "whole")));
    expect(losses(join(cwd, "whole"))[0][1]).toBeLessThan(5); // not times the factor
    const onCpu = await saccade(["train", "lm", "--resume", "stopped"], cwd);
    expect(onCpu.code).toBe(2);
    expect(onCpu.stderr).toContain("--dtype f16: the cpu backend has no f16 (try --backend gpu)");
  });
});
