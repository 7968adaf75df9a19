/** A heap of 64-bit words with the largest on top: keeps the k smallest of a stream, then sorts them in place. */

/** Lets `word` sink from place `hole` among `size` words. */
export function sink(heap: usize, hole: i32, size: i32, word: u64): void {
  while (true) {
    let child = 2 * hole + 1;
    if (child >= size) break;
    if (child + 1 < size && at(heap, child + 1) > at(heap, child)) ++child;
    if (at(heap, child) <= word) break;
    put(heap, hole, at(heap, child));
    hole = child;
  }
  put(heap, hole, word);
}

export function makeHeap(heap: usize, size: i32): void {
  for (let i = size / 2 - 1; i >= 0; --i) sink(heap, i, size, at(heap, i));
}

/** Ascending. */
export function sortHeap(heap: usize, size: i32): void {
  for (let last = size - 1; last > 0; --last) {
    const word = at(heap, last);
    put(heap, last, at(heap, 0));
    sink(heap, 0, last, word);
  }
}

// @ts-ignore: decorator
@inline function at(heap: usize, i: i32): u64 {
  return load<u64>(heap + (<usize>i << 3));
}

// @ts-ignore: decorator
@inline function put(heap: usize, i: i32, word: u64): void {
  store<u64>(heap + (<usize>i << 3), word);
}
