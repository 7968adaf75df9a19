import { packageTests } from "../../vitest.shared.ts";

// The longest suite by far: it takes every core, where others leave one to the rest of the workspace.
export default packageTests({ maxWorkers: "100%" });
