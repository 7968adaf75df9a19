export { type DateSplit, splitOf } from "./calendar.ts";
export { type DateExample, DateTask, type DateTaskOptions, dateExample } from "./date-task.ts";
export { DateTaskError } from "./errors.ts";
