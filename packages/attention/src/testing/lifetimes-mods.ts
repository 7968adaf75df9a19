import { ones, zeros } from "@saccade/core";
import * as all from "../index.ts";

/** The calls of `lifetimes.test.ts` for `score-mods/`. */
export const modCalls = {
  captured: () => {
    const [x, slopes] = [ones([2, 2, 5, 4]), zeros([2])];
    const slope = all.captured(slopes);
    return [x, slopes, all.attention(x, x, x, { scoreMod: (s, { h, k }) => s.add(slope(h).mul(k)) })];
  },
  createBlockMask: () => {
    const documents = zeros([5], { dtype: "i32" });
    const document = all.captured(documents);
    const same: all.MaskMod = ({ q, k }) => document(q).eq(document(k));
    using mask = all.createBlockMask(same, { T: 5, S: 5 });
    using causal = all.createBlockMask(({ q, k }) => q.ge(k), { T: 5, S: 5 });
    const x = ones([2, 2, 5, 4]);
    return [
      documents,
      x,
      all.attention(x, x, x, { maskMod: mask }),
      all.attention(x, x, x, { maskMod: causal }),
    ];
  },
  scoreDerivative: () => {
    const program = all.traceMods({ scoreMod: (s) => s.square() })?.mods.score;
    return program && all.scoreDerivative(program);
  },
  traceMods: () => all.traceMods({ maskMod: ({ q, k }) => q.ge(k) }),
  whereScore: () => {
    const x = ones([2, 2, 5, 4]);
    const scoreMod: all.ScoreMod = (s, { q, k }) => all.whereScore(k.lt(q), s, 0);
    return [x, all.attention(x, x, x, { scoreMod, maskMod: ({ k }) => k.gt(0) })];
  },
};
