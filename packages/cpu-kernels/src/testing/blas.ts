import { createCpuBackend } from "../create-backend.ts";

const probe = await createCpuBackend({ threads: 1 });

/** The BLAS that tests run with, or why there is none. */
export const blasFact = String(probe.info().blas);
export const blasFound = !blasFact.startsWith("off");

await probe.dispose();
