import { ComponentFields, type ComponentReader } from "../component-json.ts";
import { show, TokenizerFormatError } from "../errors.ts";
import type { ComponentJson, LayoutItem, OffsetTrim, PostProcessor } from "../pipeline/roles.ts";
import { ByteLevelPostProcessor } from "./byte-level.ts";
import { sequencesOnly } from "./layout.ts";

/**
 * Post-processors one after the other. At most one of them may lay out special tokens: a second one would have
 * to lay out what is no sequence any more.
 */
export class SequencePostProcessor implements PostProcessor {
  readonly processors: readonly PostProcessor[];
  readonly trims: readonly OffsetTrim[];
  readonly #layouter: PostProcessor | undefined;

  constructor(processors: readonly PostProcessor[], path = "post_processor") {
    this.processors = processors;
    this.trims = processors.flatMap(({ trims }) => trims);
    const layouters = processors.filter((each) => layouterOf(each) !== undefined);
    if (layouters.length > 1) {
      const types = layouters.map((each) => each.toJSON().type);
      throw new TokenizerFormatError(
        `${path}: only one of a sequence may add special tokens (got ${show(types)})`,
        path,
      );
    }
    this.#layouter = layouters[0];
  }

  static fromJSON(json: unknown, path: string, read: ComponentReader<PostProcessor>): SequencePostProcessor {
    const fields = new ComponentFields(json, path, "Sequence");
    const processors = fields.components("processors", read);
    fields.end();
    return new SequencePostProcessor(processors, path);
  }

  layout(pair: boolean, addSpecialTokens: boolean): readonly LayoutItem[] {
    return this.#layouter?.layout(pair, addSpecialTokens) ?? sequencesOnly(pair);
  }

  toJSON(): ComponentJson {
    return { type: "Sequence", processors: this.processors.map((each) => each.toJSON()) };
  }
}

function layouterOf(processor: PostProcessor): PostProcessor | undefined {
  if (processor instanceof ByteLevelPostProcessor) return undefined;
  if (!(processor instanceof SequencePostProcessor)) return processor;
  return processor.processors.find((each) => layouterOf(each) !== undefined);
}
