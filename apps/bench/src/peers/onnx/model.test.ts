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

test("constants, sizes with names and integers", () => {
  const model = onnxModel({
    nodes: [],
    inputs: { ids: { dtype: "i64", shape: [1, "length"] } },
    outputs: {},
    constants: {
      w: { shape: [2], values: Float32Array.of(1, 2) },
      at: { shape: [], values: BigInt64Array.of(-1n) },
    },
  });
  const hex = Buffer.from(model).toString("hex");
  // TensorProto: dims, data_type, name, raw_data
  expect(hex).toContain("2a11" + "0802" + "1001" + "420177" + "4a08" + "0000803f" + "00000040");
  expect(hex).toContain("2a10" + "1007" + "42026174" + "4a08" + "ffffffffffffffff");
  // ValueInfoProto of ids: a tensor of i64, of 1 and "length"
  expect(hex).toContain(
    "0a03696473" + "1214" + "0a12" + "0807" + "120e" + "0a020801" + "0a0812066c656e677468",
  );
});
