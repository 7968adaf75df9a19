import { exampleTests } from "../../../../scripts/example-tests.ts";
import { renderAlignmentPage } from "./index.ts";
import { metricsFigure } from "./metrics-figure.ts";

exampleTests(new URL(".", import.meta.url), {
  metricsFigure,
  renderAlignmentPage,
});
