import type { Finding, KnobVerdict, Severity } from '../../../model/finding.ts';
import { formatCount, formatShare, formatValue } from '../../../model/units.ts';
import { type MedianRatio, medianRatio } from '../../stats/median-ratio.ts';
import { quantile } from '../../stats/quantiles.ts';
import { Random } from '../../stats/random.ts';
import type { RunGroup } from '../conclusions.ts';
import { keyOf } from '../headline.ts';
import { FEWEST_FOR_P } from '../metrics.ts';

/** Growth of resident memory from which it is warned of (heuristic). */
const MUCH = 0.1;
/** Where resident memory of a run stands: what was copied of the process, else what the program printed. */
const sources: readonly RegExp[] = [
  /^memory\.thp\.resident$/,
  /^run\.result\{name=(?:max_?rss|rss|vmhwm|maxrss|ru_maxrss)(?:_\w+)?\}$/,
];

interface Arm {
  readonly name: string;
  readonly values: readonly number[];
  readonly metric: string;
}

/**
 * Memory huge pages add: RSS with always ÷ RSS with never − 1, of medians over runs. Groups are told by the label `thp` (the
 * copy of the knob's file), else by their names. Nothing without both arms.
 */
export function thpBloat(groups: readonly RunGroup[], seed: number): Finding[] {
  const by = (setting: string): RunGroup | undefined =>
    groups.find(({ runs }) => runs.length > 0 && runs.every(({ run }) => run.labels.thp === setting)) ??
    groups.find(({ name }) => name === setting);
  const [never, always] = [by('never'), by('always')];
  if (never === undefined || always === undefined || never === always) return [];
  const arms = armsOf(never, always);
  return arms === undefined ? [] : [finding(...arms, seed)];
}

function armsOf(never: RunGroup, always: RunGroup): readonly [Arm, Arm] | undefined {
  for (const source of sources) {
    const [a, b] = [never, always].map(({ name, runs }): Arm => {
      const found = runs.flatMap(({ metrics }) => metrics.filter((metric) => source.test(keyOf(metric))));
      const [first] = found;
      return {
        name,
        values: found.filter(({ id }) => id === first?.id).map(({ value }) => value),
        metric: first === undefined ? '' : [first.id, ...Object.values(first.labels)].join('/'),
      };
    });
    if (a !== undefined && b !== undefined && a.values.length > 0 && b.values.length > 0) return [a, b];
  }
  return undefined;
}

function finding(never: Arm, always: Arm, seed: number): Finding {
  const few = Math.min(never.values.length, always.values.length) < FEWEST_FOR_P;
  const ratio = medianRatio(never.values, always.values, new Random(seed));
  const range = rangeOf(never.values, always.values);
  const { low, high } = few || ratio === undefined ? range : ratio;
  const bloat = (ratio?.ratio ?? Number.NaN) - 1;
  const [from, to] = [median(never.values), median(always.values)];
  const interval = `${formatShare(low - 1)} to ${formatShare(high - 1)}`;
  return {
    id: 'compare/thp/bloat',
    severity: severityOf(low - 1, few),
    claim: `Huge pages ${bloat < 0 ? 'take' : 'add'} ${formatShare(Math.abs(bloat))} ${bloat < 0 ? 'off' : 'to'} resident memory: ${formatValue(from, 'bytes')} with ${never.name}, ${formatValue(to, 'bytes')} with ${always.name}`,
    share: Math.min(1, Math.abs(bloat)),
    confidence: {
      n: never.values.length + always.values.length,
      low: low - 1,
      high: high - 1,
      why: few
        ? `Fewer than ${FEWEST_FOR_P} runs a side: the range of the runs, ${interval}.`
        : `Ratio of medians, bootstrap over runs: ${interval}.`,
      ...(few ? { bounds: true as const } : {}),
    },
    evidence: [
      {
        label: 'every run',
        section: `compare/runs/${always.metric}`,
        selection: {},
        formula: `bloat = RSS ${formatValue(to, 'bytes')} (${formatCount(always.values.length)} runs) ÷ ${formatValue(from, 'bytes')} (${formatCount(never.values.length)} runs) − 1 = ${formatShare(bloat)}`,
      },
    ],
    actions:
      low - 1 > MUCH
        ? [
            {
              text: 'Give huge pages only to what is dense: madvise(MADV_HUGEPAGE) for those mappings with enabled = madvise, or a lower khugepaged/max_ptes_none so that sparse memory is not collapsed; weigh it against run time',
              run: 'echo madvise > /sys/kernel/mm/transparent_hugepage/enabled',
              undo: 'echo always > /sys/kernel/mm/transparent_hugepage/enabled',
              verify: 'grep -E "^(Rss|AnonHugePages)" /proc/$(pidof myprog)/smaps_rollup',
              persist: 'transparent_hugepage=madvise on the kernel command line',
              risk: 'low',
            },
          ]
        : [],
    caveats: [
      'memory alone is judged here, run time is another question',
      ...(always.metric.startsWith('run.result')
        ? []
        : ['of the largest process copied; a copy taken before the most was reached tells too little']),
      `more than ${formatShare(MUCH)} is a heuristic`,
    ],
    verdict: { knob: 'thp', ...verdictOf(low - 1, high - 1, few, interval) },
  };
}

function verdictOf(low: number, high: number, few: boolean, interval: string): Omit<KnobVerdict, 'knob'> {
  const mechanism = `resident memory changes by ${interval}`;
  if (few) return { state: 'not enough data', mechanism, why: `${FEWEST_FOR_P} runs a side are needed` };
  if (low > MUCH)
    return { state: 'worse', mechanism, why: 'memory is taken that the program does not touch' };
  if (high < MUCH && low > -MUCH)
    return { state: 'no difference', mechanism, why: `less than ${formatShare(MUCH)} either way` };
  if (high < -MUCH) return { state: 'better', mechanism, why: 'less memory is resident' };
  return { state: 'inconclusive', mechanism, why: 'the interval holds both little and much' };
}

function severityOf(low: number, few: boolean): Severity {
  if (low > MUCH) return few ? 'note' : 'warning';
  return 'ok';
}

/** Least and most any run with one setting can have over any with the other. */
function rangeOf(a: readonly number[], b: readonly number[]): Pick<MedianRatio, 'low' | 'high'> {
  return { low: Math.min(...b) / Math.max(...a), high: Math.max(...b) / Math.min(...a) };
}

function median(values: readonly number[]): number {
  return quantile(Float64Array.from(values).sort(), 0.5);
}
