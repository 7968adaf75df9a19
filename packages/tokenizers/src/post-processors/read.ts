import { type ComponentReader, readByType } from "../component-json.ts";
import type { PostProcessor } from "../pipeline/roles.ts";
import { BertProcessing } from "./bert.ts";
import { ByteLevelPostProcessor } from "./byte-level.ts";
import { RobertaProcessing } from "./roberta.ts";
import { SequencePostProcessor } from "./sequence.ts";
import { TemplateProcessing } from "./template.ts";

/** A post-processor from `tokenizer.json`, by its `type`. */
export function readPostProcessor(json: unknown, path = "post_processor"): PostProcessor {
  const readers: Readonly<Record<string, ComponentReader<PostProcessor>>> = {
    BertProcessing: BertProcessing.fromJSON,
    ByteLevel: ByteLevelPostProcessor.fromJSON,
    RobertaProcessing: RobertaProcessing.fromJSON,
    Sequence: (inner, at) => SequencePostProcessor.fromJSON(inner, at, readPostProcessor),
    TemplateProcessing: TemplateProcessing.fromJSON,
  };
  return readByType("post-processor", readers, json, path);
}
