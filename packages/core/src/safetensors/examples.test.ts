import { exampleTests } from "../../../../scripts/example-tests.ts";
import { f16BitsToF32Bits, f32BitsToBf16Bits, f32BitsToF16Bits } from "../half.ts";
import { toFileOrder, viewAs } from "./byte-order.ts";
import * as safetensors from "./index.ts";
import { JsonCursor } from "./json-cursor.ts";

exampleTests(new URL(".", import.meta.url), {
  ...safetensors,
  toFileOrder,
  viewAs,
  f16BitsToF32Bits,
  f32BitsToBf16Bits,
  f32BitsToF16Bits,
  JsonCursor,
});
