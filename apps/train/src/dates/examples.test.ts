import { exampleTests } from "../../../../scripts/example-tests.ts";
import { daysOf } from "./calendar.ts";
import { Draws } from "./draws.ts";
import * as dates from "./index.ts";
import { misspellings } from "./misspellings.ts";
import { localeTemplates, render } from "./templates.ts";

exampleTests(new URL(".", import.meta.url), {
  ...dates,
  daysOf,
  Draws,
  misspellings,
  localeTemplates,
  render,
});
