import type { Context } from '../../context.ts';

/** A stretch of time, ns, in which every switch and wake-up of a CPU is known to be recorded. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

/** What one file recorded of one CPU's switches. */
export interface CpuSource {
  readonly cpu: number;
  /** Index into trace.imports. */
  readonly source: number;
  readonly switches: number;
  /** In time order, not overlapping. The time between two of them is a gap. */
  readonly windows: readonly Window[];
  /** Events the recorder says it lost on this CPU; 0 = none, NaN = some, number not known. */
  readonly lost: number;
}

export interface Coverage {
  /** What is used of each CPU: the file that covers it longest, and others that recorded other times. */
  readonly used: readonly CpuSource[];
  /** Files that recorded the same switches over again: only their stacks are used. */
  readonly duplicates: readonly CpuSource[];
  readonly cpus: readonly number[];
  /** ns; when the first window of any CPU opens and the last closes. */
  readonly start: number;
  readonly end: number;
  /** ns; from when on every CPU is covered. */
  readonly allFrom: number;
  /** Some used file recorded wake-ups (sched_wakeup or sched_wakeup_new); else sched_waking only, or none. */
  readonly wakeups: 'wakeup' | 'waking' | 'none';
}

/** Part of its time a file may share with what is used already before it counts as a second recording of it. */
const SAME = 0.1;

/** Which recording is used for which CPU, and when it is complete. */
export function coverage(context: Context): Coverage {
  const sources = cpuSources(context);
  const used: CpuSource[] = [];
  const duplicates: CpuSource[] = [];
  for (const candidate of sources) {
    const rivals = used.filter(({ cpu }) => cpu === candidate.cpu);
    const length = lengthOf(candidate);
    const shared = rivals.reduce((sum, rival) => sum + overlap(rival, candidate), 0);
    if (rivals.length > 0 && shared > length * SAME) duplicates.push(candidate);
    else used.push(candidate);
  }
  const start = Math.min(...used.map(({ windows }) => windows[0]?.start ?? Number.POSITIVE_INFINITY));
  const end = Math.max(...used.map(({ windows }) => windows.at(-1)?.end ?? Number.NEGATIVE_INFINITY));
  const cpus = [...new Set(used.map(({ cpu }) => cpu))].sort((a, b) => a - b);
  const opens = cpus.map((cpu) =>
    Math.min(...used.filter((each) => each.cpu === cpu).map(({ windows }) => windows[0]?.start ?? start)),
  );
  return {
    used,
    duplicates,
    cpus,
    start,
    end,
    allFrom: Math.max(start, ...opens),
    wakeups: wakeupsOf(context, used),
  };
}

/** Recordings of switches per CPU and file, longest first. Files on a clock of their own are left out. */
function cpuSources({ trace }: Context): CpuSource[] {
  const { switches, wakeups, losses } = trace.tables;
  const spans = new Map<number, Window>();
  const counts = new Map<string, { source: number; cpu: number; n: number }>();
  const widen = (source: number, time: number): void => {
    const span = spans.get(source);
    if (span === undefined) spans.set(source, { start: time, end: time });
    else if (time < span.start || time > span.end) {
      spans.set(source, { start: Math.min(span.start, time), end: Math.max(span.end, time) });
    }
  };
  const { source, cpu, time } = switches.columns;
  for (let row = 0; row < switches.length; row++) {
    widen(source[row] as number, time[row] as number);
    const key = `${source[row]} ${cpu[row]}`;
    const count = counts.get(key);
    if (count === undefined)
      counts.set(key, { source: source[row] as number, cpu: cpu[row] as number, n: 1 });
    else count.n++;
  }
  for (let row = 0; row < wakeups.length; row++) {
    if (spans.has(wakeups.columns.source[row] as number)) {
      widen(wakeups.columns.source[row] as number, wakeups.columns.time[row] as number);
    }
  }
  return [...counts.values()]
    .filter((each) => usable(trace.imports[each.source]?.clock))
    .map((each) => {
      const span = spans.get(each.source) as Window;
      return {
        cpu: each.cpu,
        source: each.source,
        switches: each.n,
        ...windowsOf(trace.tables, each, span, losses),
      };
    })
    .sort((a, b) => lengthOf(b) - lengthOf(a) || b.switches - a.switches || a.source - b.source);
}

function usable(clock: { readonly how: string; readonly name: string } | undefined): boolean {
  return clock !== undefined && clock.how !== 'cannot align' && clock.name !== 'ticks';
}

/** A started buffer opens the first window; each loss closes one behind the CPU's last event before it. */
function windowsOf(
  tables: Context['trace']['tables'],
  { source, cpu }: { source: number; cpu: number },
  span: Window,
  losses: Context['trace']['tables']['losses'],
): { windows: Window[]; lost: number } {
  const { columns } = losses;
  let start = span.start;
  let lost = 0;
  const windows: Window[] = [];
  for (let row = 0; row < losses.length; row++) {
    const at = columns.time[row] as number;
    if (columns.source[row] !== source || columns.cpu[row] !== cpu || Number.isNaN(at)) continue;
    if (columns.kind[row] === 0) {
      start = Math.max(start, at);
      continue;
    }
    lost += columns.count[row] as number;
    const before = lastEventBefore(tables, source, cpu, at);
    if (before > start) windows.push({ start, end: before });
    start = at;
  }
  windows.push({ start, end: span.end });
  return { windows, lost };
}

function lastEventBefore(
  tables: Context['trace']['tables'],
  source: number,
  cpu: number,
  at: number,
): number {
  let last = Number.NEGATIVE_INFINITY;
  for (const { columns, length } of [tables.switches, tables.wakeups]) {
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((columns.time[middle] as number) < at) low = middle + 1;
      else high = middle;
    }
    for (let row = low - 1; row >= 0; row--) {
      if (columns.source[row] !== source || columns.cpu[row] !== cpu) continue;
      last = Math.max(last, columns.time[row] as number);
      break;
    }
  }
  return last;
}

function wakeupsOf({ trace }: Context, used: readonly CpuSource[]): Coverage['wakeups'] {
  const sources = new Set(used.map(({ source }) => source));
  const { source, kind, wakee } = trace.tables.wakeups.columns;
  const { tid } = trace.tables.threads.columns;
  let waking = false;
  for (let row = 0; row < source.length; row++) {
    if (!sources.has(source[row] as number) || (tid[wakee[row] as number] as number) <= 0) continue;
    if (kind[row] === 0) return 'wakeup';
    if (kind[row] === 1) waking = true;
  }
  return waking ? 'waking' : 'none';
}

function lengthOf({ windows }: CpuSource): number {
  return windows.reduce((sum, { start, end }) => sum + end - start, 0);
}

function overlap(a: CpuSource, b: CpuSource): number {
  let shared = 0;
  for (const one of a.windows) {
    for (const other of b.windows) {
      shared += Math.max(0, Math.min(one.end, other.end) - Math.max(one.start, other.start));
    }
  }
  return shared;
}
