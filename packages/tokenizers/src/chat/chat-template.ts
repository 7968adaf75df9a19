import { Template } from "@huggingface/jinja";
import { checkOptions, show, TokenizerError } from "../errors.ts";
import type { TokenizerConfig } from "../pipeline-options.ts";

/** One turn of a conversation; templates may read further fields (`tool_calls`, `name` ...). */
export interface ChatMessage {
  readonly role: string;
  readonly content?: unknown;
  readonly [field: string]: unknown;
}

export interface ChatOptions {
  /** End with what makes the model answer. Default `false`. */
  readonly addGenerationPrompt?: boolean;
  /** Functions that the model may call, as JSON schemas. */
  readonly tools?: readonly unknown[];
  /** Texts that the model may cite. */
  readonly documents?: readonly unknown[];
  /** Which template, where a tokenizer has several. Default: `"tool_use"` with tools if there is one, else `"default"`. */
  readonly template?: string;
  /** What else the template reads. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

/**
 * Writes a conversation as the text that a model was trained on, by its tokenizer's Jinja template. Encode it with
 * `addSpecialTokens: false`: the template has written them.
 *
 * @param tokenizer  what holds the template and the special tokens
 * @throws TokenizerError where there is no template, or it does not work on these messages
 * @example
 * const chatTemplate = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{{ eos_token }}{% endfor %}";
 * const tokenizer = { config: { chatTemplate, templateTokens: { eos_token: "</s>" } } };
 * applyChatTemplate(tokenizer, [{ role: "user", content: "Hi" }]); // => "<user>Hi</s>"
 */
export function applyChatTemplate(
  tokenizer: { readonly config: TokenizerConfig },
  messages: readonly ChatMessage[],
  options: ChatOptions = {},
): string {
  checkOptions("applyChatTemplate", options, [
    "addGenerationPrompt",
    "tools",
    "documents",
    "template",
    "variables",
  ]);
  const { chatTemplate, templateTokens } = tokenizer.config;
  const source = chosen(chatTemplate, options);
  const { addGenerationPrompt = false, tools, documents, variables } = options;
  try {
    return compiled(source).render({
      messages,
      add_generation_prompt: addGenerationPrompt,
      tools: tools ?? null,
      documents: documents ?? null,
      ...templateTokens,
      ...variables,
    });
  } catch (error) {
    throw new TokenizerError(`applyChatTemplate: the template failed (${(error as Error).message})`, {
      cause: error,
    });
  }
}

const templates = new Map<string, Template>();

/** A few templates are kept, as each is used again and again. */
function compiled(source: string): Template {
  let template = templates.get(source);
  if (template === undefined) {
    template = new Template(source);
    if (templates.size >= 8) templates.clear();
    templates.set(source, template);
  }
  return template;
}

function chosen(template: TokenizerConfig["chatTemplate"], options: ChatOptions): string {
  if (template === undefined)
    throw new TokenizerError("applyChatTemplate: the tokenizer has no chat template");
  if (typeof template === "string") {
    if (options.template === undefined || options.template === "default") return template;
    throw new TokenizerError(
      `applyChatTemplate: the tokenizer has one template without a name (got template ${show(options.template)})`,
    );
  }
  const usual = options.tools !== undefined && Object.hasOwn(template, "tool_use") ? "tool_use" : "default";
  const name = options.template ?? usual;
  const source = Object.hasOwn(template, name) ? template[name] : undefined;
  if (source !== undefined) return source;
  throw new TokenizerError(
    `applyChatTemplate: there is no template ${show(name)} (known: ${Object.keys(template).join(", ")})`,
  );
}
