// Attention, step by step, on numbers small enough to follow: softmax(q k^T / sqrt(E)) v.

import { attention } from "@saccade/attention";
import { type Tensor, tensor } from "@saccade/core";

const words = ["the", "eye", "moves"];

/** One sequence, one head, three words, two numbers a word: [B, H, T, E]. */
const oneHead = (...numbers: number[]): Tensor => tensor(numbers).reshape([1, 1, 3, 2]);

const q = oneHead(1, 0, 0, 2, 1, 1); // what each word looks for
const k = oneHead(1, 0, 0, 1, 2, 2); // what each word has to show
const v = oneHead(1, 0, 0, 1, 5, 5); // what each word has to say

// How well each query fits each key. [1, 1, 3, 3]
const scores = q.matmul(k.transpose()).div(Math.sqrt(2));

// Nobody looks ahead: what comes later gets -Infinity, and so a weight of 0.
const later = tensor([0, 1, 1, 0, 0, 1, 0, 0, 0], { dtype: "u8", shape: [3, 3] });
const weights = scores.maskedFill(later, Number.NEGATIVE_INFINITY).softmax();

// Each word's answer is the mean of the values, by weight. [1, 1, 3, 2]
const byHand = weights.matmul(v);

// The library's one call for all of that.
const byLibrary = attention(q, k, v, { causal: true });

await print("weights", weights);
await print("answers", byHand);
const difference = await byHand.sub(byLibrary).abs().amax().item();
console.log(`largest difference from attention(): ${difference.toExponential(0)}`);

async function print(title: string, x: Tensor): Promise<void> {
  const columns = x.shape[3];
  const numbers = [...(await x.data())].map((value) => value.toFixed(2));
  console.log(title);
  for (const [t, word] of words.entries()) {
    console.log(`  ${word.padEnd(6)} ${numbers.slice(t * columns, (t + 1) * columns).join("  ")}`);
  }
}
