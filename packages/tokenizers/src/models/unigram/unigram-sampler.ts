import { show, TokenizerError } from "../../errors.ts";
import type { ComponentJson, Model, SampleKey, SamplingOptions } from "../../pipeline/roles.ts";
import type { TokenSink } from "../../pipeline/token-sink.ts";
import { RandomStream } from "../random-stream.ts";
import type { UnigramScores } from "./unigram-lattice.ts";
import type { UnigramModel } from "./unigram-model.ts";
import { drawOne, nBestSegmentations, sampleSegmentation } from "./unigram-sampling.ts";

/** A Unigram model that draws among a piece's segmentations. */
export class UnigramSampler implements Model {
  readonly #model: UnigramModel;
  readonly #scores: UnigramScores;
  readonly #alpha: number;
  readonly #nbest: number | undefined;
  readonly #random: RandomStream;

  constructor(model: UnigramModel, scores: UnigramScores, options: SamplingOptions, key: SampleKey) {
    const { alpha = 1, nbest } = options;
    if (!(alpha >= 0 && alpha < Infinity)) {
      throw new TokenizerError(
        `UnigramModel.sampled: alpha is not a number of 0 or more (got ${show(alpha)})`,
      );
    }
    if (nbest !== undefined && !(Number.isInteger(nbest) && nbest >= 1)) {
      throw new TokenizerError(
        `UnigramModel.sampled: nbest is not a whole number of 1 or more (got ${show(nbest)})`,
      );
    }
    this.#model = model;
    this.#scores = scores;
    this.#alpha = alpha;
    this.#nbest = nbest;
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
    if (piece === "") return;
    const text = piece.toWellFormed();
    const segmentation =
      this.#nbest === undefined
        ? sampleSegmentation(text, this.#scores, this.#alpha, this.#random)
        : drawOne(nBestSegmentations(text, this.#scores, this.#nbest), this.#alpha, this.#random);
    this.#model.append(text, segmentation, sink, base);
  }

  toJSON(): ComponentJson {
    return this.#model.toJSON();
  }
}
