// A GPT that learns a poem by heart, letter by letter, in a hundred steps.

import { Key, setBackend, tensor, threefry2x32, valueAndGrad } from "@saccade/core";
import { AdamW, cosineWithWarmup } from "@saccade/core/optim";
import { createCpuBackend } from "@saccade/cpu-kernels";
import { CharTokenizer } from "@saccade/tokenizers";
import { Gpt, generate, type LanguageBatch } from "@saccade/transformer";

// William Blake, Auguries of Innocence (about 1803)
const text = `To see a World in a Grain of Sand
And a Heaven in a Wild Flower,
Hold Infinity in the palm of your hand
And Eternity in an hour.
`;
const steps = 100;
const batchSize = 16;
const contextLength = 32;

const backend = await createCpuBackend();
setBackend(backend);

const tokenizer = CharTokenizer.train(text);
const ids = tokenizer.encode(text).ids;
const model = new Gpt(
  { vocabSize: tokenizer.vocabSize, contextLength, embedDim: 64, numLayers: 2, numHeads: 4 },
  { key: new Key(0) },
);
const lr = cosineWithWarmup({ lr: 1e-2, warmupSteps: 10, totalSteps: steps });
const optimizer = new AdamW(model.parameters(), { lr });
console.log(`${model.countParameters()} parameters, ${tokenizer.vocabSize} letters`);

/** Random windows of the text, and what follows each letter. */
function batch(key: Key): LanguageBatch {
  const starts = Array.from({ length: batchSize }, (_, i) => {
    const [word] = threefry2x32(key.words, i, 0);
    return (word >>> 0) % (ids.length - contextLength);
  });
  const windows = (shift: number) =>
    starts.map((start) => Array.from(ids.subarray(start + shift, start + shift + contextLength)));
  return { input: tensor(windows(0), { dtype: "i32" }), target: tensor(windows(1), { dtype: "i32" }) };
}

for (let step = 0; step < steps; step++) {
  // Whatever is made inside is freed; loss and gradients are freed at the end of the block.
  using result = valueAndGrad(() => model.loss(batch(new Key(step))), model.parameters());
  optimizer.step(result.grads);
  if (step % 20 === 0 || step === steps - 1) {
    console.log(`step ${step}: loss ${(await result.value.item()).toFixed(2)}`);
  }
}

const prompt = "To see ";
const stream = tokenizer.decodeStream();
let written = prompt;
for await (const id of generate(model, tokenizer.encode(prompt).ids, { temperature: 0, maxNewTokens: 58 })) {
  written += stream.push(id);
}
console.log(written);

model.dispose();
optimizer.dispose();
await backend.dispose();
