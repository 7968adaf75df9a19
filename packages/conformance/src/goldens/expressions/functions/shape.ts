import * as core from "@saccade/core";
import {
  at,
  axisTable,
  type FunctionTable,
  maybeAxis,
  maybeNumbers,
  numberAt,
  numbersFrom,
  self,
  tensorAt,
  tensorsAt,
  unaryTable,
} from "../call-args.ts";
import { asNumbers, asTensor, type Value } from "../values.ts";

/** Functions that arrange elements. */
export const shapeFunctions: FunctionTable = {
  ...unaryTable({ ravel: (x) => core.flatten(x), t: (x) => core.transpose(x) }),
  ...axisTable({ unsqueeze: core.unsqueeze }),
  broadcast_to: (args) => core.expand(self(args), numbersFrom(args, 1, "size")),
  cat: (args) => core.concat(tensorsAt(args, 0), numberAt(args, 1, "dim", 0)),
  chunk: (args) => core.chunk(self(args), numberAt(args, 1, "chunks", 1), numberAt(args, 2, "dim", 0)),
  diag: (args) => core.diag(self(args), numberAt(args, 1, "diagonal", 0)),
  diag_embed(args) {
    const matrices = core.diagEmbed(self(args), numberAt(args, 1, "offset", 0));
    const places = [numberAt(args, 2, "dim1", -2), numberAt(args, 3, "dim2", -1)];
    return core.movedim(matrices, [-2, -1], places);
  },
  dim: (args) => self(args).rank,
  diagonal: (args) =>
    core.diagonal(
      self(args),
      numberAt(args, 1, "offset", 0),
      numberAt(args, 2, "dim1", 0),
      numberAt(args, 3, "dim2", 1),
    ),
  expand: (args) => core.expand(self(args), numbersFrom(args, 1, "size")),
  expand_as: (args) => core.expand(self(args), tensorAt(args, 1, "other").shape),
  flatten: (args) =>
    core.flatten(self(args), numberAt(args, 1, "start_dim", 0), numberAt(args, 2, "end_dim", -1)),
  fliplr: (args) => core.flip(self(args), [1]),
  flipud: (args) => core.flip(self(args), [0]),
  flip: (args) => core.flip(self(args), numbersFrom(args, 1, "dims")),
  hstack: (args) => core.concat(tensorsAt(args, 0), tensorsAt(args, 0)[0].rank > 1 ? 1 : 0),
  movedim: (args) =>
    core.movedim(
      self(args),
      asNumbers(at(args, 1, "source"), "source"),
      asNumbers(at(args, 2, "destination"), "destination"),
    ),
  meshgrid: (args) =>
    core.meshgrid(
      (Array.isArray(args.positional[0]) ? args.positional[0] : args.positional).map((x: Value) =>
        asTensor(x, "a tensor"),
      ),
      { indexing: at({ ...args, positional: [] }, 0, "indexing") === "xy" ? "xy" : "ij" },
    ),
  narrow(args) {
    const axis = numberAt(args, 1, "dim", 0);
    const start = numberAt(args, 2, "start", 0);
    const from = start < 0 ? start + (self(args).shape.at(axis) ?? 0) : start;
    return core.narrow(self(args), axis, from, numberAt(args, 3, "length", 0));
  },
  numel: (args) => self(args).size,
  pad: (args) =>
    core.pad(self(args), asNumbers(at(args, 1, "pad"), "pad"), {
      mode: (at(args, 2, "mode") ?? "constant") as core.PadMode, // the op checks it
      value: numberAt(args, 3, "value", 0),
    }),
  permute: (args) => core.permute(self(args), numbersFrom(args, 1, "dims")),
  repeat: (args) => core.repeat(self(args), numbersFrom(args, 1, "repeats")),
  reshape_as: (args) => core.reshape(self(args), tensorAt(args, 1, "other").shape),
  rot90(args) {
    const [from, to] = asNumbers(at(args, 2, "dims") ?? [0, 1], "dims");
    const turn = (x: core.Tensor): core.Tensor => core.flip(core.transpose(x, from, to), [from]);
    const turns = ((numberAt(args, 1, "k", 1) % 4) + 4) % 4;
    return Array.from({ length: turns }).reduce(turn, self(args));
  },
  size: (args) => {
    const axis = maybeAxis(args, 1);
    return axis === undefined ? self(args).shape : (self(args).shape.at(axis) ?? null);
  },
  tile(args) {
    const counts = numbersFrom(args, 1, "dims");
    const missing = Math.max(0, self(args).rank - counts.length);
    return core.repeat(self(args), [...Array<number>(missing).fill(1), ...counts]);
  },
  repeat_interleave: (args) =>
    core.repeatInterleave(self(args), maybeNumbers(args, 1, "repeats") ?? 1, maybeAxis(args, 2)),
  reshape: (args) => core.reshape(self(args), numbersFrom(args, 1, "shape")),
  roll: (args) =>
    core.roll(self(args), asNumbers(at(args, 1, "shifts"), "shifts"), maybeNumbers(args, 2, "dims")),
  select: (args) =>
    core.unbind(self(args), numberAt(args, 1, "dim", 0)).at(numberAt(args, 2, "index", 0)) ?? null,
  split: (args) =>
    core.split(self(args), maybeNumbers(args, 1, "split_size_or_sections") ?? 1, numberAt(args, 2, "dim", 0)),
  squeeze: (args) => {
    const axes = maybeNumbers(args, 1, "dim");
    if (axes === undefined || typeof axes === "number") return core.squeeze(self(args), axes);
    const { shape, rank } = self(args);
    const gone = axes.map((axis) => (axis < 0 ? axis + rank : axis));
    return core.reshape(
      self(args),
      shape.filter((size, d) => size !== 1 || !gone.includes(d)),
    );
  },
  stack: (args) => core.stack(tensorsAt(args, 0), numberAt(args, 1, "dim", 0)),
  transpose: (args) => core.transpose(self(args), numberAt(args, 1, "dim0", 0), numberAt(args, 2, "dim1", 1)),
  tril: (args) => core.tril(self(args), numberAt(args, 1, "diagonal", 0)),
  triu: (args) => core.triu(self(args), numberAt(args, 1, "diagonal", 0)),
  unbind: (args) => core.unbind(self(args), numberAt(args, 1, "dim", 0)),
  unflatten: (args) => {
    const { shape } = self(args);
    const axis = numberAt(args, 1, "dim", 0);
    const from = axis < 0 ? axis + shape.length : axis;
    return core.reshape(self(args), [
      ...shape.slice(0, from),
      ...asNumbers(at(args, 2, "sizes"), "sizes"),
      ...shape.slice(from + 1),
    ]);
  },
  unfold: (args) =>
    core.unfold(
      self(args),
      numberAt(args, 1, "dimension", 0),
      numberAt(args, 2, "size", 1),
      numberAt(args, 3, "step", 1),
    ),
  vstack: (args) =>
    core.concat(
      tensorsAt(args, 0).map((x) => (x.rank > 1 ? x : core.reshape(x, [1, x.size]))),
      0,
    ),
};
