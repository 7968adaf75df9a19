export {
  type AlignmentExample,
  type AlignmentLayer,
  type AlignmentPage,
  ReportError,
  renderAlignmentPage,
} from "./attention-html.ts";
export type { MetricPoint } from "./metrics-figure.ts";
