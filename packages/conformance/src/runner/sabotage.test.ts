import type { Backend } from "@saccade/core/backend";
import { createReferenceBackend } from "@saccade/core/reference";
import { expect, test } from "vitest";
import { kernelCases } from "../cases/index.ts";
import { failuresOf } from "./report.ts";
import { conform } from "./run-conformance.ts";
import { testKernelCase } from "./run-kernel-case.ts";

type Unary = Backend["kernels"]["unary"];

/** What the runner says of the first exp cases on a reference backend whose unary kernel was tampered with. */
async function failureOf(
  tamper: (unary: Unary, backend: Backend) => Unary,
  name = "exp f32 [17]",
): Promise<string> {
  const honest = createReferenceBackend();
  const kernels = { ...honest.kernels, unary: tamper(honest.kernels.unary, honest) };
  const it = kernelCases.unary.find((one) => one.name === name);
  if (!it) throw new Error(`no such case: ${name}`);
  const outcome = await testKernelCase({ ...honest, kernels }, it);
  return outcome.status === "failed" ? outcome.message : outcome.status;
}

test("an honest kernel passes", async () => {
  expect(await failureOf((unary) => unary)).toBe("passed");
});

test("a result that is a little wrong", async () => {
  const failure = await failureOf(
    (unary) => (inputs, outputs, attrs) => unary(inputs, outputs, { ...attrs, op: "expm1" }),
  );
  expect(failure).toMatch(/output 0: element \d+ is .* times what is allowed/);
});

test("writes outside the output, before and behind it", async () => {
  for (const at of [-1, -16, 17, 30]) {
    const failure = await failureOf((unary, backend) => (inputs, outputs, attrs) => {
      unary(inputs, outputs, attrs);
      backend.write(outputs[0].buffer, Float32Array.of(1), (outputs[0].offset + at) * 4);
    });
    expect(failure).toContain("wrote outside the tensor");
  }
});

test("elements that are not written", async () => {
  const failure = await failureOf(
    (unary) =>
      ([x], [out], attrs) =>
        unary([{ ...x, shape: [16] }], [{ ...out, shape: [16] }], attrs),
  );
  expect(failure).toContain("element 16 was not written");
});

test("inputs that change", async () => {
  const failure = await failureOf((unary, backend) => (inputs, outputs, attrs) => {
    unary(inputs, outputs, attrs);
    backend.write(inputs[0].buffer, Float32Array.of(7), inputs[0].offset * 4);
  });
  expect(failure).toContain("input 0: element");
});

test("strides that are ignored: gaps are garbage", async () => {
  const failure = await failureOf(
    (unary) =>
      ([x], outputs, attrs) =>
        unary([{ ...x, strides: [7, 1] }], outputs, attrs),
    "exp f32 sliced [5,7]",
  );
  expect(failure).toMatch(/is NaN, expected/);
});

test("results that differ from run to run", async () => {
  let run = 0;
  const failure = await failureOf((unary, backend) => (inputs, outputs, attrs) => {
    unary(inputs, outputs, attrs);
    if (run++ === 0) return;
    const exact = Math.fround(Math.exp(0));
    backend.write(outputs[0].buffer, Float32Array.of(exact), outputs[0].offset * 4);
  });
  expect(failure).toContain("a second run gave other bits");
});

test("memory that a kernel keeps", async () => {
  const honest = createReferenceBackend();
  let live = 0;
  const leaky: Backend = {
    ...honest,
    kernels: {
      ...honest.kernels,
      unary: (inputs, outputs, attrs) => {
        live += 64;
        honest.kernels.unary(inputs, outputs, attrs);
      },
    },
    info: () => ({ liveBytes: live }),
  };
  const outcome = await testKernelCase(leaky, kernelCases.unary[0]);
  expect(outcome).toMatchObject({
    status: "failed",
    message: expect.stringContaining("memory: backendBytes 0 -> 128"),
  });
});

test("a kernel that throws", async () => {
  const failure = await failureOf(() => () => {
    throw new Error("not written yet");
  });
  expect(failure).toBe("threw not written yet");
});

test("a fused kernel that is not its composed form", async () => {
  const honest = createReferenceBackend();
  const backend: Backend = {
    ...honest,
    fused: { softmax: { run: ([x], [y]) => honest.kernels.unary([x], [y], { op: "exp", a: 0, b: 0 }) } },
  };
  const report = await conform(backend, { modes: ["test", "support"], filter: /^softmax: \[3,5\]/ });
  expect(failuresOf(report)).toHaveLength(1);
  expect(report.support.find(({ kernel }) => kernel === "softmax")?.present).toBe(true);
});

test("skips: a known failure is skipped; a skip that is no longer needed fails; one that concerns nothing, too", async () => {
  const honest = createReferenceBackend();
  const broken: Backend = { ...honest, kernels: { ...honest.kernels, iota: () => {} } };
  const skips = [{ cases: /^iota: f32 \[16\]/, reason: "iota is not written yet" }];
  const filter = /^iota: f32 \[16\]/;
  const known = await conform(broken, { modes: ["test"], filter, skips });
  expect(known.results.map(({ outcome }) => outcome)).toEqual([
    { status: "skipped", reason: "iota is not written yet" },
  ]);
  const [failure] = failuresOf(await conform(honest, { modes: ["test"], filter, skips }));
  expect(failure).toContain('the skip "iota is not written yet" is no longer needed: the case passes');
  const idle = [{ cases: /^iota: complex/, reason: "no complex numbers" }];
  expect(failuresOf(await conform(honest, { modes: ["test"], filter, skips: idle }))).toEqual([
    'the skip "no complex numbers" (/^iota: complex/) concerns no case',
  ]);
});
