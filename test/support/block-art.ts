/**
 * Block traces drawn as text: one line a bio or a request, one character a step of time.
 *
 *     fio 1000+8 R: QG I   D     C
 *
 * Behind the name come first sector, sectors and rwbs. Q queue, G getrq, M back merge, F front merge, X
 * split in halves, I insert, i insert before it grew, m joins the request before it, D issue, d issue by a kworker, R requeue, C complete, c the first half
 * completes (C is then the rest), E completes with an error. `1000+8=>992+16` gives what the events
 * of the whole request say when merges have changed it. `@8,16` before the colon names another device.
 * The trace is what a kernel would have written of it, as ftrace text.
 */
export interface BlockArtOptions {
  /** ms a character. */
  readonly step?: number;
  /** Lines to leave out, by what they hold: events the tracer lost. */
  readonly lose?: (line: string) => boolean;
  /** As printed in requests: `be,0,4`; empty = a kernel that prints none. */
  readonly ioprio?: string;
  /** Thread ids by name; the others get 101, 102 … in order. */
  readonly pids?: Readonly<Record<string, number>>;
  /** Seconds at which the drawing begins. */
  readonly start?: number;
}

interface Lane {
  readonly name: string;
  readonly pid: number;
  readonly sector: number;
  readonly count: number;
  readonly wholeSector: number;
  readonly wholeCount: number;
  readonly rwbs: string;
  readonly device: string;
  readonly priority: string | undefined;
  readonly steps: string;
}

const laneLine =
  /^\s*([\w/:.-]+) (\d+)\+(\d+)(?:=>(\d+)\+(\d+))? (\w+)(?: \(([\w,]+)\))?(?: @(\d+,\d+))?:(.*)$/;

export function blockArt(art: string, options: BlockArtOptions = {}): Buffer {
  const { step = 1, lose = () => false, ioprio = 'be,0,4', start = 1000, pids: given = {} } = options;
  const pids = new Map<string, number>(Object.entries(given));
  const found = art
    .split('\n')
    .map((line) => laneLine.exec(line))
    .filter((each) => each !== null);
  // Columns are those of the drawing, whatever stands before the colon.
  const origin = Math.min(...found.map(([line, ...fields]) => columnOf(line, fields.at(-1) ?? '')));
  const lanes = found.map(
    ([
      line,
      name = '',
      sector,
      count,
      wholeSector,
      wholeCount,
      rwbs = '',
      priority,
      device = '7,0',
      steps = '',
    ]): Lane => {
      if (!pids.has(name)) pids.set(name, 101 + pids.size);
      return {
        name,
        pid: pids.get(name) as number,
        sector: Number(sector),
        count: Number(count),
        wholeSector: Number(wholeSector ?? sector),
        wholeCount: Number(wholeCount ?? count),
        rwbs,
        device,
        priority,
        steps: ' '.repeat(columnOf(line, steps) - origin) + steps.trimStart(),
      };
    },
  );
  const lines = ['# tracer: nop', '#'];
  const columns = Math.max(...lanes.map(({ steps }) => steps.length));
  for (let column = 0; column < columns; column++) {
    const time = (start + (column * step) / 1000).toFixed(6);
    for (const lane of lanes) {
      const letter = lane.steps[column] ?? ' ';
      const line = eventOf(lane, letter, lane.priority ?? ioprio, lane.steps.slice(0, column));
      if (line === undefined) continue;
      const runs =
        letter === 'd' ? 'kworker/0:1H-9' : 'CcE'.includes(letter) ? '<idle>-0' : `${lane.name}-${lane.pid}`;
      const text = `${runs.padStart(20)} [000] ..... ${time}: ${line}`;
      if (!lose(text)) lines.push(text);
    }
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}

function eventOf(lane: Lane, letter: string, ioprio: string, before: string): string | undefined {
  const { device, rwbs, sector, count, wholeSector, wholeCount, name } = lane;
  const half = wholeCount / 2;
  const started = before.includes('c');
  const priority = ioprio === '' ? '' : ` ${ioprio}`;
  const at = started ? wholeSector + half : wholeSector;
  const left = started ? half : wholeCount;
  const bio = (event: string): string => `${event}: ${device} ${rwbs} ${sector} + ${count} [${name}]`;
  const request = (event: string, who = name): string =>
    `${event}: ${device} ${rwbs} ${left * 512} () ${at} + ${left}${priority} [${who}]`;
  const complete = (from: number, sectors: number, error = 0): string =>
    `block_rq_complete: ${device} ${rwbs} () ${from} + ${sectors}${priority} [${error}]`;
  switch (letter) {
    case 'Q':
      return bio('block_bio_queue');
    case 'G':
      return bio('block_getrq');
    case 'M':
      return bio('block_bio_backmerge');
    case 'F':
      return bio('block_bio_frontmerge');
    case 'X':
      return `block_split: ${device} ${rwbs} ${sector} / ${sector + count / 2} [${name}]`;
    case 'I':
      return request('block_rq_insert');
    case 'i':
      return `block_rq_insert: ${device} ${rwbs} ${count * 512} () ${sector} + ${count}${priority} [${name}]`;
    case 'm':
      return `block_rq_merge: ${device} ${rwbs} ${count * 512} () ${sector} + ${count}${priority} [${name}]`;
    case 'D':
      return request('block_rq_issue');
    case 'd':
      return request('block_rq_issue', 'kworker/0:1H');
    case 'R':
      return `block_rq_requeue: ${device} ${rwbs} () ${at} + ${left}${priority} [0]`;
    case 'c':
      return complete(wholeSector, half);
    case 'C':
      return complete(at, left);
    case 'E':
      return complete(at, left, -5);
    default:
      return undefined;
  }
}

/** Where in its line the first event of a lane is drawn. */
function columnOf(line: string, steps: string): number {
  return line.length - steps.trimStart().length;
}
