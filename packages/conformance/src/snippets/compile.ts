import { stripTypeScriptTypes } from "node:module";

/**
 * A snippet as the body of an asynchronous function of `load` and `check`:
 * imports become `await load(...)`, and `value; // => expected` becomes a check, as does
 * `const name = value; // => expected` and `console.log(value); // => expected`.
 */
export function compileSnippet(code: string): string {
  const checked = code
    .split("\n")
    .map((row) => addCheck(row))
    .join("\n");
  return `{\n${rewriteImports(stripTypeScriptTypes(checked))}\n}`;
}

function addCheck(row: string): string {
  const match = /^(\s*)(.+?);?\s*\/\/ => (.+)$/.exec(row);
  if (!match) return row;
  const [, indent, statement, expected] = match;
  const declared = /^(?:const|let|using|await using)\s+([\w$]+)\b[^=]*=/.exec(statement);
  if (declared) return `${indent}${statement}; await check(${declared[1]}, (${expected}));`;
  const logged = /^console\.log\((.*)\)$/.exec(statement);
  return `${indent}await check((${logged ? logged[1] : statement}), (${expected}));`;
}

function rewriteImports(code: string): string {
  return code.replace(
    /^\s*import\s+(?:([^;"']+?)\s+from\s+)?(["'])([^"']+)\2;?/gm,
    (_, names: string | undefined, _quote, from: string) => {
      const load = `await load(${JSON.stringify(from)})`;
      if (!names) return `${load};`;
      const namespace = /^\*\s+as\s+(\S+)$/.exec(names);
      if (namespace) return `const ${namespace[1]} = ${load};`;
      if (!names.startsWith("{")) return `const { default: ${names} } = ${load};`;
      return `const ${names.replace(/\s+as\s+/g, ": ")} = ${load};`;
    },
  );
}
