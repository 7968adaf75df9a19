import { expect, test } from "vitest";
import { TokenizerError } from "../errors.ts";
import { applyChatTemplate } from "./chat-template.ts";

const messages = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "Hi <b>" },
];
const template =
  "{{ bos_token }}{% for m in messages %}<|{{ m['role'] }}|>\n{{ m['content'] | trim }}\n{% endfor %}" +
  "{% if tools %}tools={{ tools | tojson }}{% endif %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}";
const config = { chatTemplate: template, templateTokens: { bos_token: "<s>" } };

test("messages, special tokens, a prompt for the answer", () => {
  expect(applyChatTemplate({ config }, messages, { addGenerationPrompt: true })).toBe(
    "<s><|system|>\nBe brief.\n<|user|>\nHi <b>\n<|assistant|>\n",
  );
});

test("tools, and other variables", () => {
  const tools = [{ type: "function", function: { name: "add" } }];
  expect(applyChatTemplate({ config }, [], { tools })).toContain('"name": "add"');
  const greeting = { config: { chatTemplate: "{{ greeting }}" } };
  expect(applyChatTemplate(greeting, [], { variables: { greeting: "hello" } })).toBe("hello");
});

test("templates by name", () => {
  const tokenizer = { config: { chatTemplate: { default: "plain", tool_use: "tools", rag: "rag" } } };
  expect(applyChatTemplate(tokenizer, [])).toBe("plain");
  expect(applyChatTemplate(tokenizer, [], { tools: [{}] })).toBe("tools");
  expect(applyChatTemplate(tokenizer, [], { template: "rag" })).toBe("rag");
  expect(() => applyChatTemplate(tokenizer, [], { template: "toString" })).toThrow(
    'there is no template "toString" (known: default, tool_use, rag)',
  );
});

test("what cannot be done throws", () => {
  expect(() => applyChatTemplate({ config: {} }, [])).toThrow("the tokenizer has no chat template");
  expect(() => applyChatTemplate({ config }, [], { template: "x" })).toThrow("one template without a name");
  const refuses = { config: { chatTemplate: "{{ raise_exception('roles must alternate') }}" } };
  expect(() => applyChatTemplate(refuses, [])).toThrow(TokenizerError);
  expect(() => applyChatTemplate(refuses, [])).toThrow("the template failed (roles must alternate)");
  expect(() => applyChatTemplate({ config: { chatTemplate: "{% for %}" } }, [])).toThrow(TokenizerError);
  expect(() => applyChatTemplate({ config }, [], { addPrompt: true } as object)).toThrow(
    'there is no option "addPrompt"',
  );
});
