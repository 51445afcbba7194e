import { NO_IOPRIO } from '../../../model/io-tables.ts';
import type { Context } from '../../context.ts';

/** What one recorder wrote of one device: a file, or the files of all CPUs of one blktrace. */
export interface BlockRecording {
  readonly device: number;
  /** Indices into trace.imports. */
  readonly sources: readonly number[];
  readonly events: number;
  /** ns, first and last event. */
  readonly start: number;
  readonly end: number;
  /** Distinct phases seen, a bit each. */
  readonly phases: number;
  /** Events that tell an IO priority. */
  readonly priorities: number;
}

export interface BlockRecordings {
  readonly used: readonly BlockRecording[];
  /** The same IO over again, or of a clock that cannot be brought to the others': set aside. */
  readonly aside: readonly BlockRecording[];
}

/**
 * Which recording of which device is used: of those on the run's clock the one with most phases,
 * then one that tells priorities, then most events; others only
 * where their times do not overlap with those used. Nothing is counted twice.
 */
export function blockRecordings(context: Context): BlockRecordings {
  const found = new Map<string, { -readonly [K in keyof BlockRecording]: BlockRecording[K] }>();
  const { blockEvents } = context.trace.tables;
  const { device, source, time, phase, ioprio } = blockEvents.columns;
  const recorders = context.trace.imports.map(({ file, importer }, i) =>
    importer === 'blktrace' ? `blktrace ${file.replace(/\.blktrace\.\d+(?:\.\w+)?$/, '')}` : String(i),
  );
  let lastKey = -1;
  let entry: { -readonly [K in keyof BlockRecording]: BlockRecording[K] } | undefined;
  for (let row = 0; row < blockEvents.length; row++) {
    if (device[row] === 0) continue;
    const numeric = (device[row] as number) * 65536 + (source[row] as number);
    const at = time[row] as number;
    if (numeric !== lastKey || entry === undefined) {
      lastKey = numeric;
      const key = `${device[row]} ${recorders[source[row] as number]}`;
      entry = found.get(key);
      if (entry === undefined) {
        entry = {
          device: device[row] as number,
          sources: [],
          events: 0,
          start: at,
          end: at,
          phases: 0,
          priorities: 0,
        };
        found.set(key, entry);
      }
      const file = source[row] as number;
      if (!entry.sources.includes(file)) entry.sources = [...entry.sources, file];
    }
    entry.events++;
    entry.end = at;
    entry.phases |= 1 << (phase[row] as number);
    if (ioprio[row] !== NO_IOPRIO) entry.priorities++;
  }
  const used: BlockRecording[] = [];
  const aside: BlockRecording[] = [];
  const strange = (each: BlockRecording): number =>
    each.sources.some((file) => context.trace.imports[file]?.clock.how === 'cannot align') ? 1 : 0;
  const ranked = [...found.values()].sort(
    (a, b) =>
      strange(a) - strange(b) ||
      ones(b.phases) - ones(a.phases) ||
      Math.sign(b.priorities) - Math.sign(a.priorities) ||
      b.events - a.events ||
      a.start - b.start,
  );
  for (const recording of ranked) {
    const rivals = used.filter((other) => other.device === recording.device);
    const clash =
      rivals.some((other) => other.start <= recording.end && recording.start <= other.end) ||
      (rivals.length > 0 && isOnOtherClock(context, recording, rivals));
    (clash ? aside : used).push(recording);
  }
  return { used, aside };
}

/** Times that cannot be brought to the run's clock are believed only beside those of the same sort of recorder. */
function isOnOtherClock(
  { trace }: Context,
  { sources }: BlockRecording,
  rivals: readonly BlockRecording[],
): boolean {
  const importers = new Set(
    rivals.flatMap((rival) => rival.sources.map((file) => trace.imports[file]?.importer)),
  );
  return sources.some((file) => {
    const row = trace.imports[file];
    return row?.clock.how === 'cannot align' && !importers.has(row.importer);
  });
}

function ones(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}
