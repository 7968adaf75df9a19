import { expect, test } from "vitest";
import { onnxModel } from "./model.ts";

test("a model in the bytes that protoc writes for it", () => {
  const model = onnxModel({
    nodes: [{ op: "Neg", inputs: ["x"], outputs: ["y"], ints: { axis: 1 }, floats: { epsilon: 0.5 } }],
    inputs: { x: [300] },
    outputs: { y: [300] },
  });
  const hex = Buffer.from(model).toString("hex");
  // NodeProto: input, output, op_type, two attributes (i = 1 of type INT; f = 0.5 of type FLOAT)
  expect(hex).toContain("0a0178120179" + "22034e6567" + "2a0b" + "0a0461786973" + "1801" + "a00102");
  expect(hex).toContain("2a11" + "0a07657073696c6f6e" + "150000003f" + "a00101");
  // ValueInfoProto of x: a tensor of f32, of 300 = 0xac02
  expect(hex).toContain("0a0178" + "120b" + "0a09" + "0801" + "1205" + "0a03" + "08ac02");
});
