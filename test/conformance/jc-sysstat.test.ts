import { beforeAll, describe, expect, it } from 'vitest';
import { Context } from '../../analyzers/context.ts';
import { settingsRead } from '../../analyzers/derived/settings.ts';
import { processCpu } from '../../model/cpu-series.ts';
import { HOST_SINCE_BOOT } from '../../model/device-series.ts';
import {
  CPU_SINCE_BOOT,
  INTERRUPT_RATE,
  IRQ_SINCE_BOOT,
  interruptRate,
  NODE_SINCE_BOOT,
  PROCESS_SINCE_BOOT,
  SOFTIRQ_RATE,
  taskRate,
} from '../../model/printed-series.ts';
import type { Trace } from '../../model/trace.ts';
import { mpstat } from '../../workers/importers/mpstat.ts';
import { pidstat } from '../../workers/importers/pidstat.ts';
import { importCut } from '../support/import.ts';
import { fixture, hasFixtures } from '../support/paths.ts';
import { valuesOf } from '../support/series.ts';
import { tarMembers } from '../support/tar-members.ts';

type Row = Readonly<Record<string, string | number | null>>;
/** Where a value of jc is in ours: series, sort of entity, the sort when it is since boot, name; and what to multiply jc's by. */
type Place = readonly [series: string, entity: string, sinceBoot: string, name: string, scale: number];

/** Holds every value of jc against ours, series by series in order; returns how many were compared. */
function compare(
  trace: Trace,
  rows: readonly Row[],
  placeOf: (row: Row, key: string) => Place | undefined,
): number {
  const expected = new Map<string, { place: Place; values: number[] }>();
  for (const row of rows) {
    for (const [key, value] of Object.entries(row)) {
      if (typeof value !== 'number') continue;
      const place = placeOf(row, key);
      if (place === undefined) continue;
      const id = place.slice(0, 4).join(' ');
      const known = expected.get(id) ?? { place, values: [] };
      known.values.push(value * place[4]);
      expected.set(id, known);
    }
  }
  let compared = 0;
  for (const [id, { place, values }] of expected) {
    const [series, entity, sinceBoot, name] = place;
    const ours = [...valuesOf(trace, series, name, sinceBoot), ...valuesOf(trace, series, name, entity)];
    expect(ours.length, id).toBe(values.length);
    for (const [i, value] of values.entries())
      expect(Math.abs((ours[i] as number) - value), `${id} ${i}`).toBeLessThanOrEqual(1e-9 * Math.abs(value));
    compared += values.length;
  }
  return compared;
}

const states: Readonly<Record<string, string>> = {
  percent_usr: 'user',
  percent_nice: 'nice',
  percent_sys: 'system',
  percent_iowait: 'iowait',
  percent_irq: 'irq',
  percent_soft: 'softirq',
  percent_steal: 'steal',
  percent_guest: 'guest',
  percent_gnice: 'guest_nice',
  percent_idle: 'idle',
};
const softSorts = /^(?:hi|timer|net_tx|net_rx|block|block_iopoll|irq_poll|tasklet|sched|hrtimer|rcu)_s$/;

/** Undefined for what only names the row, and for rows of averages, which follow from the others. */
function mpstatPlace(row: Row, key: string): Place | undefined {
  const [cpu, node] = [row.cpu, row.node];
  if ('average' in row) return undefined;
  const state = states[key];
  if (state !== undefined) {
    if (node === 'all') return undefined;
    const [entity, since, name] =
      node !== undefined
        ? ['node', NODE_SINCE_BOOT, String(node)]
        : cpu === 'all'
          ? ['host', HOST_SINCE_BOOT, '']
          : ['cpu', CPU_SINCE_BOOT, String(cpu)];
    return [`cpu share ${state}`, entity, since, name, 0.01];
  }
  if (key === 'intr_s')
    return cpu === 'all'
      ? ['interrupts', 'host', HOST_SINCE_BOOT, '', 1]
      : [INTERRUPT_RATE, 'cpu', CPU_SINCE_BOOT, String(cpu), 1];
  const what = key.slice(0, -2).toUpperCase();
  if (softSorts.test(key)) return [SOFTIRQ_RATE + what, 'cpu', CPU_SINCE_BOOT, String(cpu), 1];
  return key.endsWith('_s') ? [interruptRate(String(cpu)), 'irq', IRQ_SINCE_BOOT, what, 1] : undefined;
}

const KIB = 1024;
const taskKeys: Readonly<Record<string, readonly [string, number]>> = {
  percent_usr: [taskRate.user, 0.01],
  percent_system: [taskRate.system, 0.01],
  percent_guest: [taskRate.guest, 0.01],
  percent_wait: [taskRate.wait, 0.01],
  percent_cpu: [taskRate.cpu, 0.01],
  percent_mem: [taskRate.memoryShare, 0.01],
  cpu: [processCpu.lastCpu, 1],
  minflt_s: [taskRate.minorFaults, 1],
  majflt_s: [taskRate.majorFaults, 1],
  vsz: [taskRate.virtual, KIB],
  rss: [taskRate.resident, KIB],
  stksize: [taskRate.stackReserved, KIB],
  stkref: [taskRate.stackUsed, KIB],
  kb_rd_s: [taskRate.read, KIB],
  kb_wr_s: [taskRate.written, KIB],
  kb_ccwr_s: [taskRate.cancelled, KIB],
  cswch_s: [taskRate.voluntary, 1],
  nvcswch_s: [taskRate.involuntary, 1],
};
/** Ids; and sums of a task and its children over a time the file does not tell (-T CHILD), which we leave out. */
const taskKeysLeftOut = /^(?:time|uid|pid|command|(?:usr|system|guest)_ms)$/;

function pidstatPlace(row: Row, key: string): Place | undefined {
  const [series, scale] = taskKeys[key] ?? [];
  // −1 is what pidstat was not allowed to read: no rate, so it is not kept as one.
  if (series === undefined || scale === undefined || (row[key] as number) < 0) return undefined;
  return [series, 'process', PROCESS_SINCE_BOOT, String(row.pid), scale];
}

describe.skipIf(!hasFixtures)('mpstat and pidstat beside jc', () => {
  let members = new Map<string, Buffer>();
  beforeAll(async () => {
    members = await tarMembers(fixture('jc-linux.tar.gz'), /\/(?:mp|pid)stat[^/]*\.(?:out|json)$/);
  });
  const pair = (name: string): [Buffer, Row[]] => {
    const of = (ending: string): Buffer =>
      members.get(`jc/tests/fixtures/${name}${ending}`) ?? Buffer.alloc(0);
    return [of('.out'), JSON.parse(of('.json').toString()) as Row[]];
  };

  it.each(['centos-7.7/mpstat', 'centos-7.7/mpstat-A', 'centos-7.7/mpstat-A-2-5', 'ubuntu-18.04/mpstat-A'])(
    '%s',
    (name) => {
      const [bytes, rows] = pair(name);
      const trace = importCut(mpstat, bytes);
      const values = rows
        .filter((row) => !('average' in row) && row.node !== 'all')
        .flatMap((row) => Object.values(row).filter((value) => typeof value === 'number'));
      expect(compare(trace, rows, mpstatPlace)).toBe(values.length);
      expect(trace.imports[0]?.skipped).toBe(0);
      // A time each, or since boot.
      const sinceBoot = !name.endsWith('2-5');
      expect(valuesOf(trace, 'cpu share idle', '', 'host').length).toBe(sinceBoot ? 0 : 5);
    },
  );

  it.each([
    'centos-7.7/pidstat-hl',
    'centos-7.7/pidstat-hdlrsuw',
    'centos-7.7/pidstat-hdlrsuw-2-5',
    'generic/pidstat-ht',
  ])('%s', (name) => {
    const [bytes, rows] = pair(name);
    const trace = importCut(pidstat, bytes);
    const unknown = rows
      .flatMap(Object.keys)
      .filter((key) => !(key in taskKeys) && !taskKeysLeftOut.test(key));
    expect(unknown).toEqual([]);
    const values = rows.flatMap((row) =>
      Object.keys(row).filter((key) => pidstatPlace(row, key) !== undefined),
    );
    expect(values.length).toBeGreaterThan(5);
    expect(compare(trace, rows, pidstatPlace)).toBe(values.length);
    expect(trace.imports[0]).toMatchObject({ records: rows.length, skipped: 0 });
    const names = new Context(trace).derive(settingsRead);
    const last = new Map(rows.map(({ pid, command }) => [String(pid), String(command).trim()]));
    for (const [pid, command] of last) expect(names.get(`/proc/${pid}/comm`), pid).toBe(command);
  });
});
