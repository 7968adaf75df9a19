// An encoder-decoder that learns to spell words backwards, and shows where it looks while it writes.

import { Key, setBackend, tensor, threefry2x32, tidy, valueAndGrad } from "@saccade/core";
import { AdamW } from "@saccade/core/optim";
import { createCpuBackend } from "@saccade/cpu-kernels";
import { IGNORE_INDEX, type Seq2SeqBatch, Seq2SeqTransformer, translate } from "@saccade/transformer";

const letters = "abcdefgh";
const [PAD, START, END] = [0, 1, 2];
const maxLength = 8;

const idsOf = (word: string): number[] => Array.from(word, (letter) => 3 + letters.indexOf(letter));
const wordOf = (ids: readonly number[]): string => ids.map((id) => letters[id - 3] ?? "?").join("");

/** Words, and the same backwards, in rows that are padded to the longest. */
function makeBatch(words: readonly string[]): Seq2SeqBatch {
  const longest = Math.max(...words.map((word) => word.length));
  const padded = (rows: readonly number[][], length: number, value: number) =>
    rows.map((row) => [...row, ...new Array<number>(length - row.length).fill(value)]);
  const sources = words.map(idsOf);
  const targets = sources.map((row) => row.toReversed());
  const inputs = targets.map((row) => [START, ...row]);
  const ends = targets.map((row) => [...row, END]);
  const ones = sources.map((row) => row.map(() => 1));
  return {
    source: tensor(padded(sources, longest, PAD), { dtype: "i32" }),
    sourceMask: tensor(padded(ones, longest, 0), { dtype: "u8" }),
    input: tensor(padded(inputs, longest + 1, PAD), { dtype: "i32" }),
    target: tensor(padded(ends, longest + 1, IGNORE_INDEX), { dtype: "i32" }),
  };
}

/** 3 to 6 letters each. */
function randomWords(count: number, key: Key): string[] {
  return Array.from({ length: count }, (_, i) => {
    const [size, seed] = threefry2x32(key.words, i, 0);
    let word = "";
    for (let n = 0; n < 3 + ((size >>> 0) % 4); n++) word += letters[(seed >>> (3 * n)) & 7];
    return word;
  });
}

const backend = await createCpuBackend();
setBackend(backend);
const model = new Seq2SeqTransformer(
  {
    sourceVocabSize: 3 + letters.length,
    targetVocabSize: 3 + letters.length,
    maxLength,
    embedDim: 48,
    numHeads: 2,
    numEncoderLayers: 1,
    numDecoderLayers: 1,
    normFirst: true,
  },
  { key: new Key(0) },
);
const optimizer = new AdamW(model.parameters(), { lr: 4e-3 });
for (let step = 0; step < 300; step++) {
  const words = randomWords(32, new Key(step));
  using result = valueAndGrad(() => model.loss(makeBatch(words)), model.parameters());
  optimizer.step(result.grads);
  if (step % 50 === 0) console.log(`step ${step}: loss ${(await result.value.item()).toFixed(3)}`);
}

const words = randomWords(100, new Key(1_000_000));
const { source, sourceMask } = makeBatch(words);
const options = { startId: START, endId: END, maxNewTokens: maxLength };
const answers = await translate(model, source, sourceMask, options);
const right = words.filter((word, i) => wordOf(answers[i]) === Array.from(word).toReversed().join("")).length;
console.log(`${right} of ${words.length} new words are spelled backwards`);

// Where it looks in a word for each letter that it writes: cross-attention, mean over heads.
const example = "badge";
const weights = tidy(() => {
  const [layer] = model.crossWeights(makeBatch([example])); // [1, H, T, S]
  return layer.mean([0, 1]);
});
const shares = await weights.data();
console.log(`  ${Array.from(example, (letter) => letter.padStart(4)).join("")}`);
for (const [t, letter] of Array.from(example).toReversed().entries()) {
  const row = Array.from(shares.subarray(t * example.length, (t + 1) * example.length));
  console.log(`${letter} ${row.map((share) => share.toFixed(1).padStart(4)).join("")}`);
}
await backend.dispose();
