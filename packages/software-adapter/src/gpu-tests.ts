/** Tests that need a GPU, or its replacement in software: left out by `SACCADE_NO_GPU=1`, and then said to be not run. */
export const gpuTests = {
  leftOut: process.env.SACCADE_NO_GPU === "1",

  /** The name of such tests, with the reason where they are left out. */
  title(name: string): string {
    return gpuTests.leftOut ? `${name}: not run (SACCADE_NO_GPU=1)` : name;
  },
};
