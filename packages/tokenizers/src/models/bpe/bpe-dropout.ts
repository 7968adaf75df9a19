import type { ComponentJson, Model, SampleKey } from "../../pipeline/roles.ts";
import type { TokenSink } from "../../pipeline/token-sink.ts";
import { RandomStream } from "../random-stream.ts";
import type { BpeModel } from "./bpe-model.ts";
import type { BpeSymbols } from "./bpe-symbols.ts";
import { MergeBuffer } from "./merge-buffer.ts";

/** A BPE model that leaves merges out at random; words are never remembered, whole words never taken. */
export class BpeDropout implements Model {
  readonly #model: BpeModel;
  readonly #symbols: BpeSymbols;
  readonly #dropout: number;
  readonly #random: RandomStream;
  readonly #buffer = new MergeBuffer();

  constructor(model: BpeModel, symbols: BpeSymbols, dropout: number, key: SampleKey) {
    this.#model = model;
    this.#symbols = symbols;
    this.#dropout = dropout;
    this.#random = new RandomStream(key);
  }

  get vocabSize(): number {
    return this.#model.vocabSize;
  }

  tokenToId(token: string): number | undefined {
    return this.#model.tokenToId(token);
  }

  idToToken(id: number): string | undefined {
    return this.#model.idToToken(id);
  }

  vocabulary(): Iterable<readonly [token: string, id: number]> {
    return this.#model.vocabulary();
  }

  tokenize(piece: string, sink: TokenSink, base: number): void {
    if (this.#dropout === 0) {
      this.#model.tokenize(piece, sink, base);
      return;
    }
    const buffer = this.#buffer;
    this.#symbols.read(piece, buffer);
    if (buffer.length > 1) {
      buffer.heap.run(buffer, this.#model.merges, () => this.#random.next() < this.#dropout);
    }
    buffer.appendTo(sink, base);
  }

  toJSON(): ComponentJson {
    return { ...this.#model.toJSON(), dropout: this.#dropout };
  }
}
