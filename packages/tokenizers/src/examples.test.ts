import { exampleTests } from "../../../scripts/example-tests.ts";
import * as tokenizers from "./index.ts";

exampleTests(new URL(".", import.meta.url), tokenizers, new URL("../README.md", import.meta.url));
