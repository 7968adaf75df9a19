import {
  BertNormalizer,
  BertPreTokenizer,
  BpeDecoder,
  BpeTrainer,
  ByteLevelDecoder,
  ByteLevelPostProcessor,
  ByteLevelPreTokenizer,
  byteCharacters,
  Lowercase,
  MetaspaceDecoder,
  MetaspacePreTokenizer,
  NFC,
  NFKC,
  type Normalizer,
  NormalizerSequence,
  type PostProcessor,
  type PreTokenizer,
  TemplateProcessing,
  type Trainer,
  type TrainingPipeline,
  UnigramTrainer,
  Whitespace,
  WhitespaceSplit,
  WordLevelTrainer,
  WordPieceDecoder,
  WordPieceTrainer,
} from "@saccade/tokenizers";
import { UsageError } from "../errors.ts";

export const tokenizerTypes = ["bpe", "wordpiece", "unigram", "wordlevel"] as const;
export type TokenizerType = (typeof tokenizerTypes)[number];

/** Normalizers by the name that the command takes. */
export const normalizers = {
  none: () => undefined,
  nfc: () => new NFC(),
  nfkc: () => new NFKC(),
  lowercase: () => new NormalizerSequence([new NFC(), new Lowercase()]),
  bert: () => new BertNormalizer(),
} satisfies Record<string, () => Normalizer | undefined>;

/** Pre-tokenizers by the name that the command takes. */
export const preTokenizers = {
  "byte-level": () => new ByteLevelPreTokenizer({ addPrefixSpace: false }),
  whitespace: () => new Whitespace(),
  "whitespace-split": () => new WhitespaceSplit(),
  metaspace: () => new MetaspacePreTokenizer(),
  bert: () => new BertPreTokenizer(),
} satisfies Record<string, () => PreTokenizer>;

export type NormalizerName = keyof typeof normalizers;
export type PreTokenizerName = keyof typeof preTokenizers;

/** What is trained, as the command's options say; what is not given is chosen by the type. */
export interface TokenizerPlan {
  readonly type: TokenizerType;
  readonly normalizer?: NormalizerName;
  readonly preTokenizer?: PreTokenizerName;
  readonly vocabSize: number;
  readonly minFrequency?: number;
  readonly specialTokens?: readonly string[];
  readonly unkToken?: string;
  readonly maxTokenLength?: number;
  readonly limitAlphabet?: number;
  readonly continuingSubwordPrefix?: string;
  readonly endOfWordSuffix?: string;
}

interface Defaults {
  readonly normalizer: NormalizerName;
  readonly preTokenizer: PreTokenizerName;
  readonly specialTokens: readonly string[];
}

const defaults: Readonly<Record<TokenizerType, Defaults>> = {
  bpe: { normalizer: "none", preTokenizer: "byte-level", specialTokens: ["<|endoftext|>"] },
  wordpiece: {
    normalizer: "bert",
    preTokenizer: "bert",
    specialTokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"],
  },
  unigram: { normalizer: "nfkc", preTokenizer: "metaspace", specialTokens: ["<pad>", "<s>", "</s>"] },
  wordlevel: { normalizer: "lowercase", preTokenizer: "whitespace", specialTokens: ["<pad>"] },
};

/** A trainer and the parts around the model. */
export interface TokenizerSetup {
  readonly pipeline: TrainingPipeline;
  readonly trainer: Trainer;
  readonly normalizer: NormalizerName;
  readonly preTokenizer: PreTokenizerName;
}

/** @throws UsageError for an option that the type does not have */
export function setUp(plan: TokenizerPlan): TokenizerSetup {
  const { type } = plan;
  refuse(plan, type === "bpe" || type === "wordpiece", [
    "maxTokenLength",
    "limitAlphabet",
    "endOfWordSuffix",
  ]);
  refuse(plan, type === "bpe" || type === "wordpiece", ["continuingSubwordPrefix"]);
  refuse(plan, type !== "unigram", ["minFrequency"]);
  const chosen = defaults[type];
  const normalizer = plan.normalizer ?? chosen.normalizer;
  const preTokenizer = plan.preTokenizer ?? chosen.preTokenizer;
  const isByteLevel = preTokenizer === "byte-level";
  const usualUnk = type === "wordpiece" ? "[UNK]" : type === "bpe" && isByteLevel ? undefined : "<unk>";
  const unkToken = plan.unkToken ?? usualUnk;
  const given = plan.specialTokens ?? chosen.specialTokens;
  const specialTokens = unkToken === undefined || given.includes(unkToken) ? given : [unkToken, ...given];
  return {
    normalizer,
    preTokenizer,
    trainer: makeTrainer(plan, specialTokens, unkToken, isByteLevel),
    pipeline: {
      normalizer: normalizers[normalizer](),
      preTokenizer: preTokenizers[preTokenizer](),
      postProcessor: postProcessor(type, specialTokens, isByteLevel),
      decoder: decoder(plan, preTokenizer),
    },
  };
}

function makeTrainer(
  plan: TokenizerPlan,
  specialTokens: readonly string[],
  unkToken: string | undefined,
  isByteLevel: boolean,
): Trainer {
  const { type, vocabSize, minFrequency, maxTokenLength, limitAlphabet } = plan;
  const common = { vocabSize, specialTokens, ...(unkToken !== undefined && { unkToken }) };
  const frequency = minFrequency === undefined ? {} : { minFrequency };
  if (type === "unigram") {
    return new UnigramTrainer({ ...common, initialAlphabet: isByteLevel ? byteCharacters() : [] });
  }
  if (type === "wordlevel") return new WordLevelTrainer({ ...common, ...frequency });
  const options = {
    ...common,
    ...frequency,
    ...(maxTokenLength !== undefined && { maxTokenLength }),
    ...(limitAlphabet !== undefined && { limitAlphabet }),
    ...(plan.continuingSubwordPrefix !== undefined && {
      continuingSubwordPrefix: plan.continuingSubwordPrefix,
    }),
    ...(plan.endOfWordSuffix !== undefined && { endOfWordSuffix: plan.endOfWordSuffix }),
    initialAlphabet: isByteLevel ? byteCharacters() : [],
  };
  return type === "bpe" ? new BpeTrainer(options) : new WordPieceTrainer(options);
}

/** `[CLS]` and `[SEP]` around WordPiece texts; spans without the space before byte-level words. */
function postProcessor(
  type: TokenizerType,
  specialTokens: readonly string[],
  isByteLevel: boolean,
): PostProcessor | undefined {
  if (isByteLevel) return new ByteLevelPostProcessor({ addPrefixSpace: false, trimOffsets: true });
  const [cls, sep] = ["[CLS]", "[SEP]"].map((token) => specialTokens.indexOf(token));
  if (type !== "wordpiece" || cls === -1 || sep === -1) return undefined;
  const special = (id: string, type_id: number) => ({ SpecialToken: { id, type_id } });
  const single = [special("[CLS]", 0), { Sequence: { id: "A" as const, type_id: 0 } }, special("[SEP]", 0)];
  return new TemplateProcessing({
    single,
    pair: [...single, { Sequence: { id: "B", type_id: 1 } }, special("[SEP]", 1)],
    specialTokens: {
      "[CLS]": { id: "[CLS]", ids: [cls], tokens: ["[CLS]"] },
      "[SEP]": { id: "[SEP]", ids: [sep], tokens: ["[SEP]"] },
    },
  });
}

function decoder(plan: TokenizerPlan, preTokenizer: PreTokenizerName): TrainingPipeline["decoder"] {
  if (preTokenizer === "byte-level") return new ByteLevelDecoder();
  if (plan.type === "wordpiece")
    return new WordPieceDecoder({ prefix: plan.continuingSubwordPrefix ?? "##" });
  if (preTokenizer === "metaspace") return new MetaspaceDecoder();
  return plan.endOfWordSuffix === undefined ? undefined : new BpeDecoder({ suffix: plan.endOfWordSuffix });
}

/** An option that is given and does not apply is an error: none is ignored. */
function refuse(plan: TokenizerPlan, applies: boolean, names: readonly (keyof TokenizerPlan)[]): void {
  if (applies) return;
  for (const name of names) {
    if (plan[name] === undefined) continue;
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new UsageError(`--${flag} is not an option of --type ${plan.type}`);
  }
}
