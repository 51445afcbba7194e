import { HASH, lineEnd, trimEnd } from '../bytes.ts';
import type { Importer, Source } from './importer.ts';
import { CompatParser } from './perf-script/compat-parser.ts';
import { flamegraphGrammar } from './perf-script/flamegraph-grammar.ts';
import { HeaderLine } from './perf-script/header-line.ts';
import { infernoGrammar } from './perf-script/inferno-grammar.ts';
import { idLayoutOf, sniffPerfScript } from './perf-script/layout.ts';
import { PerfScriptParser } from './perf-script/parser.ts';

const header = new HeaderLine();

/** `perf script` text of every age, with or without call chains, and what imitates it (simpleperf). */
export const perfScript: Importer = {
  id: 'perf-script',
  title: 'perf script text: samples with or without call chains, every header variant; simpleperf',
  captureWith: 'perf record -F 499 -a -g -- sleep 30 && perf script --header > perf.txt',
  sniff: (head) => sniffPerfScript(head),

  isRecordStart(bytes, at, source) {
    const stop = lineEnd(bytes, at);
    if (source.options.dialect !== 'vtune') return at === 0 || endsBlankLine(bytes, at);
    const end = trimEnd(bytes, at, stop);
    if (bytes[at] === HASH || !header.read(bytes, at, end, idLayoutOf(source))) return false;
    // An indented line needs a time to be told from a frame whose symbol holds a number and a colon.
    return (bytes[at] !== 9 && bytes[at] !== 32) || !Number.isNaN(header.time);
  },

  open(out, source: Source) {
    if (source.options.dialect === 'vtune') {
      const parser = new PerfScriptParser(out, source, idLayoutOf(source));
      return (bytes, offset) => parser.parse(bytes, offset);
    }
    const grammar = source.options.dialect === 'flamegraph' ? flamegraphGrammar : infernoGrammar;
    const parser = new CompatParser(out, source, grammar);
    return (bytes, offset) => parser.parse(bytes, offset);
  },
};

/** Whether the line before `at` is blank: collapse scripts know no other record boundary. */
function endsBlankLine(bytes: Uint8Array, at: number): boolean {
  const before = bytes[at - 2] === 13 ? at - 3 : at - 2;
  return before < 0 || bytes[before] === 10;
}
