import { exampleTests } from "../../../../scripts/example-tests.ts";
import { heatLevel, weightBytes } from "./heat-scale.ts";
import { escapeHtml, scriptJson, visibleToken } from "./html.ts";
import { renderAlignmentPage } from "./index.ts";
import { metricsFigure } from "./metrics-figure.ts";

exampleTests(new URL(".", import.meta.url), {
  escapeHtml,
  heatLevel,
  metricsFigure,
  renderAlignmentPage,
  scriptJson,
  visibleToken,
  weightBytes,
});
