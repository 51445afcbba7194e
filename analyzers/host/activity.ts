import { CPU_SHARE } from '../../model/device-series.ts';
import type { Finding } from '../../model/finding.ts';
import type { Metric } from '../../model/metric.ts';
import type { TableSection } from '../../model/section.ts';
import { decodeString } from '../../model/strings.ts';
import { formatCount, formatShare, formatValue, type Unit } from '../../model/units.ts';
import { defineAnalyzer, type MetricDefinition } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { hostShares, sharesByCpu } from '../derived/cpu-time/cpu-shares.ts';
import { type Ratio, ratioInterval } from '../stats/ratio-interval.ts';

/** One series of the host, as the file that has most of it tells. */
interface Activity {
  readonly name: string;
  readonly mean: Ratio;
  readonly least: number;
  readonly most: number;
  /** Part of the readings above zero. */
  readonly present: number;
}

/** Which metric a series goes to: its id, unit and the label that tells series of one id apart. */
const places: readonly (MetricDefinition & {
  readonly pattern: RegExp;
  readonly better: Metric['better'];
})[] = [
  {
    id: 'host.cpu.mean',
    unit: 'share',
    labels: ['state'],
    pattern: new RegExp(`^${CPU_SHARE} (.+)$`),
    better: 'neither',
    about:
      'Share of the time of all CPUs in this state, averaged over readings (iostat, mpstat, sar -u, vmstat).',
  },
  {
    id: 'host.tasks.mean',
    unit: 'tasks',
    labels: ['kind'],
    pattern: /^(runnable|blocked) tasks$/,
    better: 'lower',
    about:
      'Tasks that run or wait for a CPU, and tasks in uninterruptible sleep, at the moments vmstat looked.',
  },
  {
    id: 'host.memory.mean',
    unit: 'bytes',
    labels: ['kind'],
    pattern: /^memory (.+)$/,
    better: 'neither',
    about: 'Memory by use, as vmstat tells it.',
  },
  {
    id: 'host.transfer.mean',
    unit: 'bytes/s',
    labels: ['what'],
    pattern: /^(swapped in|swapped out|read from disks|written to disks)$/,
    better: 'neither',
    about: 'Bytes per second swapped, and read from and written to all disks (vmstat).',
  },
  {
    id: 'host.events.mean',
    unit: '1/s',
    labels: ['what'],
    pattern: /^(interrupts|context switches)$/,
    better: 'neither',
    about: 'Interrupts and context switches per second (vmstat, mpstat -I SUM).',
  },
];

/** What the host did meanwhile, by averages of vmstat, iostat and sar. */
export const activity = defineAnalyzer({
  id: 'host/activity',
  question: 'What did the host do meanwhile: CPUs, memory, swapping?',
  needs: [
    {
      missing: 'readings of vmstat, mpstat, sar -u, or iostat without -d',
      captureWith: 'vmstat -w -t 1 60 > vmstat.txt',
      met: (_, context) => context.derive(activities).length > 0,
    },
  ],
  metrics: places.map(({ id, unit, labels, about }) => ({ id, unit, labels, about })),
  run(context) {
    const all = context.derive(activities);
    return {
      metrics: all.map(metricOf),
      findings: [...swapping(all), ...(toldByCpu(context) ? [] : overview(all))],
      sections: [table(all)],
    };
  },
});

function activities({ trace }: Context): readonly Activity[] {
  const { series, counters } = trace.tables;
  const text = (id: number | undefined): string => decodeString(trace.strings, id ?? 0);
  const wanted = new Map<number, string>();
  for (let id = 1; id < series.length; id++) {
    const name = text(series.columns.name[id]);
    const isOfHost = text(series.columns.entity[id]) === 'host';
    // /proc/loadavg counts runnable tasks too, beside other things that only it knows.
    if (isOfHost && placeOf(name) !== undefined) wanted.set(id, name);
  }
  const values = new Map<string, Map<number, number[]>>();
  for (let row = 0; row < counters.length; row++) {
    const name = wanted.get(counters.columns.series[row] as number);
    if (name === undefined || !isReading(trace.imports[counters.columns.source[row] as number]?.importer))
      continue;
    const byFile = values.get(name) ?? new Map<number, number[]>();
    const file = counters.columns.source[row] as number;
    const own = byFile.get(file) ?? [];
    own.push(counters.columns.value[row] as number);
    byFile.set(file, own);
    values.set(name, byFile);
  }
  return [...values].map(([name, byFile]) => {
    const own = [...byFile.values()].reduce((most, each) => (each.length > most.length ? each : most));
    return {
      name,
      mean: ratioInterval(
        own,
        own.map(() => 1),
      ),
      least: own.reduce((a, b) => Math.min(a, b)),
      most: own.reduce((a, b) => Math.max(a, b)),
      present: own.filter((value) => value > 0).length / own.length,
    };
  });
}

function isReading(importer: string | undefined): boolean {
  return (
    importer === 'vmstat' ||
    importer === 'mpstat' ||
    importer === 'iostat' ||
    importer === 'sysstat-json' ||
    importer === 'sadf' ||
    importer === 'sar'
  );
}

function placeOf(name: string) {
  return places.find(({ pattern }) => pattern.test(name));
}

function metricOf({ name, mean }: Activity): Metric {
  const place = placeOf(name) as (typeof places)[number];
  const label = place.pattern.exec(name)?.[1] ?? name;
  const interval = Number.isNaN(mean.low) ? {} : { low: Math.max(0, mean.low), high: mean.high };
  return {
    id: place.id,
    labels: { [place.labels[0] as string]: label },
    value: mean.value,
    unit: place.unit as Unit,
    better: place.better,
    n: mean.n,
    ...interval,
  };
}

/** The same is said CPU by CPU, and how sure it is. */
function toldByCpu(context: Context): boolean {
  return context.derive(sharesByCpu).size > 0 || context.derive(hostShares)?.source === 'mpstat';
}

/** How busy the CPUs were: beside disks it tells whether they are what is waited for. */
function overview(all: readonly Activity[]): Finding[] {
  const of = (state: string): Ratio | undefined =>
    all.find(({ name }) => name === `${CPU_SHARE} ${state}`)?.mean;
  const [idle, iowait] = [of('idle'), of('iowait')];
  if (idle === undefined) return [];
  const blocked = all.find(({ name }) => name === 'blocked tasks')?.mean.value;
  const waited = iowait === undefined ? '' : `, ${formatShare(iowait.value)} with a task waiting for a disk`;
  const tasks =
    blocked === undefined ? '' : `; ${formatValue(blocked, 'tasks')} in uninterruptible sleep on average`;
  return [
    {
      id: 'host/activity/cpu',
      severity: 'ok',
      claim: `CPUs were idle ${formatShare(Math.min(1, idle.value + (iowait?.value ?? 0)))} of the time${waited}${tasks}`,
      share: 0,
      confidence: { n: idle.n, low: 0, high: 0, why: 'averages of readings', bounds: true },
      evidence: [{ label: 'what the host did', section: 'host/activity/table', selection: {} }],
      actions: [],
      caveats: [
        'iowait is idle time of CPUs whose last task waits for a disk: it shrinks when other tasks run, and says little of the disks',
      ],
    },
  ];
}

/** A host that swaps again and again waits for its disks to remember. */
function swapping(all: readonly Activity[]): Finding[] {
  const swapped = all.find(({ name }) => name === 'swapped in');
  if (swapped === undefined || swapped.present < 0.25 || swapped.mean.n < 4) return [];
  const out = all.find(({ name }) => name === 'swapped out')?.mean.value ?? 0;
  return [
    {
      id: 'host/activity/swapping',
      severity: 'warning',
      claim: `The host read ${formatValue(swapped.mean.value, 'bytes/s')} back from swap on average, in ${formatShare(swapped.present)} of the readings`,
      share: swapped.present,
      confidence: {
        n: swapped.mean.n,
        low: swapped.present,
        high: swapped.present,
        why: `counted: ${formatCount(Math.round(swapped.present * swapped.mean.n))} of ${formatCount(swapped.mean.n)} readings of vmstat`,
      },
      evidence: [
        {
          label: 'what the host did',
          section: 'host/activity/table',
          selection: {},
          formula: `${formatValue(swapped.mean.value, 'bytes/s')} in, ${formatValue(out, 'bytes/s')} out`,
        },
      ],
      actions: [
        {
          text: 'See who is swapped out, and whether a cgroup limit causes it',
          run: 'grep -H VmSwap /proc/[0-9]*/status | sort -k2 -n | tail; grep -s . /sys/fs/cgroup/*/memory.swap.current',
          risk: 'none',
        },
      ],
      caveats: ['vmstat -S changes the unit of its numbers without saying so: kibibytes are assumed'],
    },
  ];
}

function table(all: readonly Activity[]): TableSection {
  return {
    kind: 'table',
    id: 'host/activity/table',
    title: 'What the host did meanwhile',
    note: 'Averages of readings; the interval allows for neighbouring readings resembling each other. Averages since boot are left out.',
    columns: ['what', 'mean', '95 % CI', 'least', 'most'].map((name) => ({ name, unit: 'text' as const })),
    rows: all.map(({ name, mean, least, most }) => {
      const show = (value: number): string => {
        const unit = placeOf(name)?.unit as Unit;
        return unit === 'share' ? formatShare(value) : formatValue(value, unit);
      };
      const interval = Number.isNaN(mean.low) ? '' : `${show(Math.max(0, mean.low))} – ${show(mean.high)}`;
      return {
        cells: [name, show(mean.value), `${interval}, n = ${formatCount(mean.n)}`, show(least), show(most)],
      };
    }),
    of: all.length,
  };
}
