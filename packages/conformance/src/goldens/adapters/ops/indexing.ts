import type { EmbeddingBagOptions, PadMode, Tensor } from "@saccade/core";
import * as core from "@saccade/core";
import { type ModuleCall, reading } from "../../module-case.ts";
import type { AdapterTable } from "../table.ts";
import { axisOf } from "./axes.ts";
import { expressionOr } from "./expression.ts";

const padding = ({ config }: ModuleCall) =>
  config.has("padding_idx") ? { paddingIdx: config.number("padding_idx") } : {};
const maybe = <K extends string>(key: K, tensor: Tensor | null) =>
  (tensor ? { [key]: tensor } : {}) as Partial<Record<K, Tensor>>;

/** Lookups, scatters, masks, padding. */
export const indexingOps: AdapterTable = {
  embedding: (call) =>
    core.embedding(call.input("idx"), call.input("weight"), {
      ...padding(call),
      scaleGradByFreq: call.config.boolean("scale_grad_by_freq", false),
    }),
  embedding_bag: (call) =>
    core.embeddingBag(call.input("idx"), call.input("weight"), {
      ...padding(call),
      mode: call.config.string("mode", "mean") as NonNullable<EmbeddingBagOptions["mode"]>,
      ...maybe("offsets", call.optional("offsets")),
      ...maybe("perSampleWeights", call.optional("per_sample_weights")),
    }),
  gather: expressionOr((call) => core.gather(call.input("x"), call.input("idx"), axisOf(call))),
  index_select: (call) => core.indexSelect(call.input("x"), call.input("idx"), axisOf(call)),
  scatter_add: (call) => core.scatterAdd(call.input("x"), call.input("idx"), call.input("src"), axisOf(call)),
  scatter: (call) =>
    core.scatter(
      call.input("x"),
      call.input("idx"),
      call.optional("src") ?? call.config.number("value"),
      axisOf(call),
    ),
  index_add: (call) =>
    core.indexAdd(call.input("x"), call.input("idx"), call.input("src"), axisOf(call), {
      alpha: call.config.number("alpha", 1),
    }),
  masked_fill: ({ input, config }) => core.maskedFill(input("x"), input("mask"), config.number("value")),
  // Where the mask is set must be known before anything is recorded.
  masked_select: {
    async prepare({ input }) {
      const mask = core.tidy(() => {
        const anywhere = core.logicalNot(core.fullLike(input("x"), 0));
        return core.logicalAnd(input("mask"), anywhere);
      });
      const positions = await core.flatNonzero(mask);
      mask.dispose();
      return { positions };
    },
    forward: ({ input }, { positions }) => {
      const none = core.cast(core.mul(input("mask"), 0), input("x").dtype);
      return core.take(core.add(input("x"), none), positions);
    },
  },
  where: expressionOr(({ input }) => core.where(input("cond"), input("a"), input("b"))),
  pad: ({ input, config }) =>
    core.pad(input("x"), config.numbers("pad"), {
      mode: config.string("mode", "constant") as PadMode, // the op checks it
      ...(config.has("value") ? { value: config.number("value") } : {}),
    }),
  one_hot: ({ inputs: [index], config, shapeOf, outputs }) => {
    const classes = config.number("num_classes", -1);
    return core.cast(core.oneHot(index, classes === -1 ? (shapeOf(outputs[0]).at(-1) ?? 0) : classes), "i32");
  },
  nonzero: reading(async ({ inputs: [x] }) => ({ out: await core.nonzero(x) })),
  bincount: reading(async ({ inputs: [x], config }) => ({
    out: await core.bincount(x, { minLength: config.number("minlength", 0) }),
  })),
  searchsorted: ({ input, config }) =>
    core.searchsorted(input("sorted"), input("v"), { right: config.boolean("right", false) }),
  meshgrid({ inputs, config, outputs }) {
    const grids = core.meshgrid(inputs, { indexing: config.string("indexing", "ij") === "xy" ? "xy" : "ij" });
    return Object.fromEntries(outputs.map((name, i) => [name, grids[i]]));
  },
  // A tensor by itself is joined with ones: two rows of them.
  cat: ({ inputs }) => {
    const [x] = inputs;
    const ones = core.ones([2, ...x.shape.slice(1)], { dtype: x.dtype, backend: x.backend });
    return core.concat(inputs.length > 1 ? inputs : [x, ones], 0);
  },
};
