/** A piece of documentation that is code. */
export interface Snippet {
  /** the line of its first line of code in its file, from 1 */
  readonly line: number;
  readonly code: string;
  /** false where the fence says ```` ```ts no-run ```` */
  readonly runnable: boolean;
}

/** The ```` ```ts ```` blocks of a Markdown text. */
export function markdownSnippets(text: string): Snippet[] {
  const snippets: Snippet[] = [];
  let open: { line: number; info: string; indent: number; code: string[] } | null = null;
  for (const [index, row] of text.split("\n").entries()) {
    const fence = /^(\s*)```(.*)$/.exec(row);
    if (!open && fence) {
      open = { line: index + 2, info: fence[2].trim(), indent: fence[1].length, code: [] };
    } else if (open && fence) {
      const [language, ...flags] = open.info.split(/\s+/);
      if (language === "ts" || language === "typescript") {
        snippets.push({ line: open.line, code: open.code.join("\n"), runnable: !flags.includes("no-run") });
      }
      open = null;
    } else open?.code.push(row.slice(open.indent));
  }
  return snippets;
}

/** The `@example` blocks of a TypeScript text: to the next tag, or the fenced parts where there are fences. */
export function docstringSnippets(source: string): Snippet[] {
  const snippets: Snippet[] = [];
  for (const comment of source.matchAll(/^[ \t]*\/\*\*.*?\*\//gms)) {
    const firstLine = source.slice(0, comment.index).split("\n").length;
    const rows = comment[0]
      .split("\n")
      .map((row) => row.replace(/^\s*(\/\*\*|\*(?!\/))? ?/, "").replace(/\s*\*\/$/, ""));
    for (let start = 0; start < rows.length; start++) {
      if (!/^@example\b/.test(rows[start])) continue;
      const after = rows.findIndex((row, index) => index > start && /^@[a-z]+/i.test(row));
      const block = rows.slice(start, after < 0 ? undefined : after);
      block[0] = block[0].replace(/^@example\s*/, "");
      const text = block.join("\n");
      const line = firstLine + start;
      if (text.includes("```")) {
        for (const it of markdownSnippets(text)) snippets.push({ ...it, line: line + it.line - 1 });
      } else if (text.trim()) snippets.push({ line, code: text.trim(), runnable: true });
    }
  }
  return snippets;
}
