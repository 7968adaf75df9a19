/**
 * One idea: a heap of indices needs no room but the output's. Each comparison looks the elements up; slower than
 * words, and only for rows that fit nowhere else.
 */
import { orderWord } from "./keys";

let source: usize = 0;
let sourceStep: usize = 0;
let heap: usize = 0;
let heapStep: usize = 0;
let type: i32 = 0;
let descending: i32 = 0;

// @ts-ignore: decorator
@inline function word(index: i32): u64 {
  return orderWord(source + <usize>index * sourceStep, index, type, descending);
}

// @ts-ignore: decorator
@inline function at(place: i32): i32 {
  return load<i32>(heap + <usize>place * heapStep);
}

// @ts-ignore: decorator
@inline function put(place: i32, index: i32): void {
  store<i32>(heap + <usize>place * heapStep, index);
}

function sinkIndex(hole: i32, size: i32, index: i32): void {
  const mine = word(index);
  while (true) {
    let child = 2 * hole + 1;
    if (child >= size) break;
    if (child + 1 < size && word(at(child + 1)) > word(at(child))) ++child;
    if (word(at(child)) <= mine) break;
    put(hole, at(child));
    hole = child;
  }
  put(hole, index);
}

/** Writes the indices of the k first elements, in order. Steps in bytes. */
export function topKInPlace(x: usize, xStep: usize, length: i32, indices: usize, indexStep: usize, k: i32, dtype: i32, largest: i32): void {
  if (k == 0) return;
  source = x;
  sourceStep = xStep;
  heap = indices;
  heapStep = indexStep;
  type = dtype;
  descending = largest;
  for (let i = 0; i < k; ++i) put(i, i);
  for (let i = k / 2 - 1; i >= 0; --i) sinkIndex(i, k, at(i));
  for (let i = k; i < length; ++i) if (word(i) < word(at(0))) sinkIndex(0, k, i);
  for (let last = k - 1; last > 0; --last) {
    const index = at(last);
    put(last, at(0));
    sinkIndex(0, last, index);
  }
}
