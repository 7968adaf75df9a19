const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Text that can stand in HTML, between tags or in a quoted attribute, and means itself.
 *
 * @example escapeHtml(`<b title="x">`); // => "&lt;b title=&quot;x&quot;&gt;"
 */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => escapes[character]);
}

/**
 * JSON that can stand in a `<script type="application/json">`: no text in it ends the element.
 *
 * @example scriptJson({ text: "</script>" }); // => '{"text":"\\u003c/script>"}'
 */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(/</g, "\\u003c");
}

/**
 * Characters that order text or hide in it: format characters, separators, private and unassigned ones; but not the joiner
 * within one emoji.
 */
const unseen =
  /(?!(?<=\p{Extended_Pictographic}\p{Emoji_Modifier}?\uFE0F?)\u200D(?=\p{Extended_Pictographic}))[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/**
 * A token as it can be looked at: a space is an open box, a line end an arrow, control and format characters
 * are their numbers, and a lone combining mark stands on a dotted circle.
 *
 * @example visibleToken(" a\n"); // => "␣a↵"
 * @example visibleToken("\u202E"); // => "U+202E"
 */
export function visibleToken(token: string): string {
  if (token === "") return "∅";
  const text = token
    .replaceAll("\n", "↵")
    .replaceAll("\t", "⇥")
    .replace(/\p{Zs}/gu, "␣")
    .replace(unseen, (character) => {
      const number = character.codePointAt(0)!.toString(16).toUpperCase();
      return `U+${number.padStart(4, "0")}`;
    });
  return /^\p{M}/u.test(text) ? `◌${text}` : text;
}

/** A token's name for a screen reader, which would skip a space or a symbol for it. */
export function spokenToken(token: string): string {
  const names: Readonly<Record<string, string>> = {
    " ": "space",
    "\n": "line end",
    "\t": "tab",
    "": "empty",
  };
  return names[token] ?? visibleToken(token);
}
