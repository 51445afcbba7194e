/** Where the first object of fio lies in a text; undefined when there is none that begins a line. An object without an end goes to the end. */
export function objectIn(text: string): { readonly from: number; readonly to: number } | undefined {
  const start = /(?:^|\n)\{\s*"fio version"\s*:/.exec(text);
  if (start === null) return undefined;
  const from = text.indexOf('{', start.index);
  let depth = 0;
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (quoted) {
      if (character === '\\') at++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return { from, to: at + 1 };
  }
  return { from, to: text.length };
}
