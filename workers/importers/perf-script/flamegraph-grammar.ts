import { type CompatGrammar, idOf } from './compat-parser.ts';

/**
 * Lines as FlameGraph's stackcollapse-perf.pl reads them. \s and \w are Perl's for byte strings:
 * spelled out, because JavaScript's \s also matches U+00A0.
 */
const headerLine = /^([^ \t\f\v\r\n].+?)[ \t\f\v\r\n]+(\d+)\/*(\d+)*[ \t\f\v\r\n]+/;
const eventAtEnd = /:[ \t\f\v\r\n]*(\d+)*[ \t\f\v\r\n]+([^ \t\f\v\r\n]+):[ \t\f\v\r\n]*$/;
const frameLine = /^[ \t\f\v\r\n]*(\w+)[ \t\f\v\r\n]*(.+) \((.*)\)/;

export const flamegraphGrammar: CompatGrammar = {
  headerFirst: false,
  emptyStacks: true,
  header(line) {
    const match = headerLine.exec(line);
    if (match === null) return undefined;
    const [, comm = '', first, second] = match;
    const event = eventAtEnd.exec(line);
    const hasTwo = second !== undefined && second !== '0';
    return {
      comm,
      pid: hasTwo ? idOf(first) : idOf(undefined),
      tid: hasTwo ? idOf(second) : idOf(first),
      event: event?.[2] ?? '',
      period: Number(event?.[1] ?? 1) || 1,
    };
  },
  frame(line) {
    const match = frameLine.exec(line);
    if (match === null) return undefined;
    const [, address = '', name = '', module = ''] = match;
    const symbol = name.replace(/\+0x[\da-f]+$/, '');
    return symbol.startsWith('(') ? null : { address, symbol, module };
  },
};
