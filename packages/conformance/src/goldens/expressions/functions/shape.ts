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
import { asNumbers } from "../values.ts";

/** Functions that arrange elements. */
export const shapeFunctions: FunctionTable = {
  ...unaryTable({ ravel: (x) => core.flatten(x), t: (x) => core.transpose(x) }),
  ...axisTable({ unsqueeze: core.unsqueeze }),
  broadcast_to: (args) => core.expand(self(args), numbersFrom(args, 1, "size")),
  cat: (args) => core.concat(tensorsAt(args, 0), numberAt(args, 1, "dim", 0)),
  chunk: (args) => core.chunk(self(args), numberAt(args, 1, "chunks", 1), numberAt(args, 2, "dim", 0)),
  diag: (args) => core.diag(self(args), numberAt(args, 1, "diagonal", 0)),
  diag_embed: (args) => core.diagEmbed(self(args), numberAt(args, 1, "offset", 0)),
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
  flip: (args) => core.flip(self(args), numbersFrom(args, 1, "dims")),
  hstack: (args) => core.concat(tensorsAt(args, 0), tensorsAt(args, 0)[0].rank > 1 ? 1 : 0),
  movedim: (args) =>
    core.movedim(
      self(args),
      asNumbers(at(args, 1, "source"), "source"),
      asNumbers(at(args, 2, "destination"), "destination"),
    ),
  narrow: (args) =>
    core.narrow(
      self(args),
      numberAt(args, 1, "dim", 0),
      numberAt(args, 2, "start", 0),
      numberAt(args, 3, "length", 0),
    ),
  pad: (args) =>
    core.pad(self(args), asNumbers(at(args, 1, "pad"), "pad"), { value: numberAt(args, 3, "value", 0) }),
  permute: (args) => core.permute(self(args), numbersFrom(args, 1, "dims")),
  repeat: (args) => core.repeat(self(args), numbersFrom(args, 1, "repeats")),
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
