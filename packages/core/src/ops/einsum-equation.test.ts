import { expect, test } from "vitest";
import { parseEquation } from "./einsum-equation.ts";

test("without an arrow: what occurs once, in the order of the alphabet, capitals first", () => {
  expect(parseEquation("bA,bc").output).toEqual(["A", "c"]);
  expect(parseEquation("i...,i").output).toEqual(["..."]);
});

test("spaces do not matter", () => {
  expect(parseEquation(" i j , j k -> i k ")).toEqual(parseEquation("ij,jk->ik"));
});

test("an ellipsis of the output may stand for nothing", () => {
  expect(parseEquation("i->...i").output).toEqual(["...", "i"]);
});
