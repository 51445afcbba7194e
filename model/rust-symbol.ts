/** Punctuation as rustc's legacy mangling spells it (rust-lang RFC 2603, "current mangling"). */
const escapes: Readonly<Record<string, string>> = {
  SP: '@',
  BP: '*',
  RF: '&',
  LT: '<',
  GT: '>',
  LP: '(',
  RP: ')',
  C: ',',
};

const hashSuffix = /(?:::)?h[0-9a-fA-F]{16}$/;

/**
 * Finishes a Rust symbol that a C++ demangler left half done: drops the `::h<hash>` suffix and
 * turns `_$LT$std..fs..File$u20$as…$GT$` into `<std::fs::File as …>`. Symbols without such a
 * hash are returned unchanged.
 */
export function finishRustSymbol(symbol: string): string {
  if (!hashSuffix.test(symbol)) return symbol;
  const path = symbol.replace(hashSuffix, '').replace(/^_(?=\$)/, '');
  if (!/[$.]/.test(path)) return path;
  let text = '';
  for (const [part, , spelled] of path.matchAll(/\.\.|(\$([^$]*)\$)|[^.$]+|[.$]/g)) {
    if (part === '..') text += '::';
    else if (spelled !== undefined) text += decodeEscape(spelled) ?? part;
    else text += part;
  }
  return text;
}

function decodeEscape(name: string): string | undefined {
  const code = /^u([0-9a-f]{1,6})$/.exec(name)?.[1];
  return code === undefined
    ? escapes[name]
    : String.fromCodePoint(Math.min(Number.parseInt(code, 16), 0x10ffff));
}
