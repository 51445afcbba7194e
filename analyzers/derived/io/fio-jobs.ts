import { decodeString } from '../../../model/strings.ts';
import type { Context } from '../../context.ts';

/** One operation of one job, as fio reports it; ns, bytes; NaN = fio does not say. */
export interface FioJob {
  readonly job: string;
  readonly op: string;
  readonly ios: number;
  readonly iops: number;
  readonly bytes: number;
  readonly runtime: number;
  readonly submission: number;
  readonly mean: number;
  readonly p99: number;
  readonly options: ReadonlyMap<string, string>;
}

const OPTION = /^fio option (\w+) of (.*)$/s;

/** Jobs in the order of the report: fio starts them in that order. */
export function fioJobs(context: Context): FioJob[] {
  const { strings, tables } = context.trace;
  const options = jobOptions(context);
  const { name, entity, entityName } = tables.series.columns;
  const found = new Map<string, Map<string, number>>();
  const { series, value } = tables.counters.columns;
  for (let row = 0; row < tables.counters.length; row++) {
    const id = series[row] as number;
    if (decodeString(strings, entity[id] as number) !== 'fio job') continue;
    const [, op, what] = /^fio (\w+) (.+)$/.exec(decodeString(strings, name[id] as number)) ?? [];
    if (op === undefined || what === undefined) continue;
    const key = `${op}\n${decodeString(strings, entityName[id] as number)}`;
    const own = found.get(key) ?? new Map<string, number>();
    found.set(key, own);
    own.set(what, value[row] as number);
  }
  return [...found].map(([key, figures]) => {
    const at = key.indexOf('\n');
    const job = key.slice(at + 1);
    const figure = (what: string): number => figures.get(what) ?? Number.NaN;
    return {
      job,
      op: key.slice(0, at),
      ios: figure('ios'),
      iops: figure('iops'),
      bytes: figure('bytes'),
      runtime: figure('runtime'),
      submission: figure('submission mean'),
      mean: figure('latency mean'),
      p99: figure('latency p99'),
      options: options.get(job) ?? new Map<string, string>(),
    };
  });
}

function jobOptions({ trace }: Context): Map<string, Map<string, string>> {
  const { key, value } = trace.tables.facts.columns;
  const found = new Map<string, Map<string, string>>();
  for (let row = 0; row < trace.tables.facts.length; row++) {
    const [, option, job] = OPTION.exec(decodeString(trace.strings, key[row] as number)) ?? [];
    if (option === undefined || job === undefined) continue;
    const own = found.get(job) ?? new Map<string, string>();
    found.set(job, own);
    own.set(option, decodeString(trace.strings, value[row] as number));
  }
  return found;
}

const powers = { '': 0, k: 1, m: 2, g: 3, t: 4, p: 5 } as const;

/** `128k`, `200g`, `4096`: bytes, by powers of 1024 as fio has them by default (fio(1), int); NaN for ranges, shares and lists. */
export function fioBytes(text: string | undefined): number {
  const found = /^(\d+)([kmgtp]?)(?:i?b)?$/i.exec(text?.trim() ?? '');
  if (found === null) return Number.NaN;
  return Number(found[1]) * 1024 ** powers[(found[2] ?? '').toLowerCase() as keyof typeof powers];
}
