import { ksmtuned as series } from '../../model/page-series.ts';
import type { TraceBuilder } from '../../model/trace-builder.ts';
import { latin1, lineEnd, trimEnd } from '../bytes.ts';
import type { Importer } from './importer.ts';
import { timeOfLine } from './printed/time-line.ts';
import { readWallTime } from './wall-time.ts';

const KIB = 1024;
const MS = 1e6;
/** Date, as date(1) prints it in the locale of the host, and what ksmtuned says. */
const line =
  /^(.{12,60}?): (total \d+|sleep \d+|thres \d+|committed \d+ free \d+|KSMCTL start \d+ \d+|\d+ < \d+ and free > \d+, stop ksm|\d+ > \d+, start ksm|\d+ [<>] \d+, (?:boost|decay))$/;
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const locale =
  /^[A-Z][a-z]{2} (?:([A-Z][a-z]{2}) +(\d{1,2})|(\d{1,2}) ([A-Z][a-z]{2}) (\d{4})) (\d\d:\d\d:\d\d)( [AP]M)?(?: [A-Z]{2,5}|[+-]\d\d)?(?: (\d{4}))?$/;

/** The log of ksmtuned (DEBUG=1 and LOGFILE in /etc/ksmtuned.conf): memory in KiB, what it decided, pages a scan. */
export const ksmtuned: Importer = {
  id: 'ksmtuned',
  title: 'the log of ksmtuned (/var/log/ksmtuned)',
  captureWith: 'LOGFILE=/var/log/ksmtuned and DEBUG=1 in /etc/ksmtuned.conf; systemctl restart ksmtuned',
  sniff: (head) => {
    const lines = latin1(head, 0, Math.min(head.length, 4096)).split('\n');
    if (lines.length > 1) lines.pop();
    const rows = lines.filter((each) => each.trim() !== '');
    return rows.length > 0 && rows.every((each) => line.test(each.trimEnd())) ? 'yes' : 'no';
  },
  isRecordStart: () => true,
  open: (out) => (bytes, offset) => parse(out, bytes, offset),
};

function parse(out: TraceBuilder, bytes: Uint8Array, offset: number): void {
  for (let at = 0; at < bytes.length; ) {
    const stop = lineEnd(bytes, at);
    const text = latin1(bytes, at, trimEnd(bytes, at, stop));
    if (text !== '' && !readLine(out, text)) out.skip(at + offset);
    at = stop + 1;
  }
}

function readLine(out: TraceBuilder, text: string): boolean {
  const found = line.exec(text);
  if (found === null) return false;
  const [, date = '', said = ''] = found;
  const time = timeOf(date);
  if (time !== undefined) out.clock = time.clock;
  const file = (key: Parameters<typeof series>[0], unit: string, value: number): void =>
    out.counter(series(key), unit, 'host', '', time?.ns ?? Number.NaN, value);
  const [word, first = '', , second = ''] = said.split(' ');
  if (word === 'total') file('total', 'bytes', Number(first) * KIB);
  else if (word === 'thres') file('threshold', 'bytes', Number(first) * KIB);
  else if (word === 'sleep') file('sleep', 'ns', Number(first) * MS);
  else if (word === 'committed') {
    file('committed', 'bytes', Number(first) * KIB);
    file('free', 'bytes', Number(second) * KIB);
  } else if (word === 'KSMCTL') file('pages', 'pages', Number(said.split(' ')[2]));
  else if (said.endsWith('stop ksm')) file('on', 'share', 0);
  else if (said.endsWith('start ksm')) file('on', 'share', 1);
  // Boost and decay say again what pages a scan tell.
  else out.counts.ignored++;
  out.counts.records++;
  return true;
}

/** With UTC it is a moment, with another zone's name local time. Undefined in a language not read. */
function timeOf(date: string): { readonly ns: number; readonly clock: string } | undefined {
  const plain = timeOfLine(date);
  if (plain !== undefined) return plain;
  const found = locale.exec(date);
  if (found === null) return undefined;
  const [, monthA, dayA, dayB, monthB, yearB, clock = '', half = '', yearA] = found;
  const month = months.indexOf(monthA ?? monthB ?? '') + 1;
  const [day, year] = [dayA ?? dayB, yearA ?? yearB];
  if (month === 0 || year === undefined) return undefined;
  const wall = readWallTime(`${year}-${month}-${day} ${clock}${half}`, 'month first');
  if (wall === undefined) return undefined;
  return { ns: wall.ns, clock: / (?:UTC|GMT)\b/.test(date) ? 'realtime' : 'wall' };
}
