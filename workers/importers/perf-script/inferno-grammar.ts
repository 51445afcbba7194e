import { type CompatGrammar, type CompatHeader, idOf } from './compat-parser.ts';

/** Lines as inferno-collapse-perf reads them. */
export const infernoGrammar: CompatGrammar = {
  headerFirst: true,
  emptyStacks: false,
  header: readHeader,
  frame(line) {
    const text = line.trim();
    const blank = text.indexOf(' ');
    const last = text.lastIndexOf(' ');
    if (blank < 0 || last <= blank) return undefined;
    const bracketed = text.slice(last + 1);
    if (!bracketed.startsWith('(') || !bracketed.endsWith(')')) return undefined;
    const name = text.slice(blank + 1, last).trim() || ' ';
    const symbol = name.replace(/\+0x[\da-fA-F]*$/, '');
    if (symbol.startsWith('(')) return null;
    return { address: text.slice(0, blank), symbol, module: bracketed.slice(1, -1) };
  },
};

function readHeader(line: string): CompatHeader | undefined {
  const words = wordsWithEnds(line);
  const at = words.findIndex(({ text, end }) => end < line.length && /^(?:\d+\/)?\d+$/.test(text));
  const word = words[at];
  if (word === undefined || at === 0) return undefined;
  const slash = word.text.indexOf('/');
  const [, ...parts] = splitAtMost(line.slice(word.end + 1), ':', 3);
  const [periodAndEvent, rest] = parts;
  const eventWords = periodAndEvent?.split(' ') ?? [];
  const period = eventWords.at(-2);
  const after = rest === undefined ? '' : rest.slice(rest.search(/[: ]/) + 1).trim();
  return {
    comm: line.slice(0, word.end - word.text.length).trim(),
    pid: slash < 0 ? idOf(undefined) : idOf(word.text.slice(0, slash)),
    tid: idOf(word.text.slice(slash + 1)),
    event: eventWords.at(-1) ?? '',
    period: period !== undefined && /^\+?\d+$/.test(period) ? Number(period) : 1,
    ...(after === '' ? {} : { frame: after }),
  };
}

function wordsWithEnds(line: string): { text: string; end: number }[] {
  return [...line.matchAll(/[^ ]+/g)].map((match) => ({
    text: match[0],
    end: match.index + match[0].length,
  }));
}

/** At most `limit` parts; the last keeps the separators that remain. */
function splitAtMost(text: string, separator: string, limit: number): string[] {
  const parts = text.split(separator);
  return parts.length <= limit
    ? parts
    : [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)];
}
