/**
 * Lists of places (node indices), one list a pair. Places are noted in any order of pairs; `close` lays each
 * pair's list out in one piece, in the order in which its places were noted, and begins anew.
 */
export class PlaceLists {
  /** All lists, one after the other. */
  places = new Int32Array(1 << 16);
  #used = 0;
  #noted = 0;
  #notedPairs = new Int32Array(1024);
  #notedPlaces = new Int32Array(1024);
  /** The pairs noted since the last `close`, and for each pair (by its index) its number of places. */
  #pairs: number[] = [];
  #lengths = new Int32Array(1024);

  note(pair: number, place: number): void {
    if (this.#noted === this.#notedPairs.length) {
      this.#notedPairs = enlarged(this.#notedPairs, 2 * this.#noted);
      this.#notedPlaces = enlarged(this.#notedPlaces, 2 * this.#noted);
    }
    this.#notedPairs[this.#noted] = pair;
    this.#notedPlaces[this.#noted++] = place;
    if (pair >= this.#lengths.length) this.#lengths = enlarged(this.#lengths, 2 * pair);
    if (this.#lengths[pair]++ === 0) this.#pairs.push(pair);
  }

  /** @param emit  gets each pair with where its list begins in `places`, and how long it is */
  close(emit: (pair: number, start: number, length: number) => void): void {
    if (this.#used + this.#noted > this.places.length) {
      this.places = enlarged(this.places, Math.max(2 * this.places.length, this.#used + this.#noted));
    }
    const ends = this.#lengths; // a pair's length becomes where its list ends so far
    const starts: number[] = [];
    for (const pair of this.#pairs) {
      starts.push(this.#used);
      this.#used += ends[pair];
      ends[pair] = starts[starts.length - 1];
    }
    for (let i = 0; i < this.#noted; i++) this.places[ends[this.#notedPairs[i]]++] = this.#notedPlaces[i];
    const pairs = this.#pairs;
    this.#pairs = [];
    this.#noted = 0;
    for (let i = 0; i < pairs.length; i++) {
      const length = ends[pairs[i]] - starts[i];
      ends[pairs[i]] = 0;
      emit(pairs[i], starts[i], length);
    }
  }
}

function enlarged(array: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(size);
  larger.set(array);
  return larger;
}
