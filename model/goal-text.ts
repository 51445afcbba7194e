import type { ComparedGoal } from './comparison.ts';
import { formatValue } from './units.ts';

const names: Readonly<Record<ComparedGoal['goal'], string>> = {
  latency: 'Latency',
  throughput: 'Throughput',
  fairness: 'Fairness',
  'real time': 'Real time',
};

/** `Latency (p99 latency of reads on 7,0): bfq 154 ms = none 221 ms; worse: mq-deadline 2.7× (95 % CI 2.2× to 3.4×).` */
export function goalText(goal: ComparedGoal): string {
  const head = `${names[goal.goal]} (${goal.about})`;
  const marks = goal.indicative && goal.state === 'ranked' ? '; one run a side: indicative' : '';
  if (goal.state !== 'ranked') return `${head}: ${goal.why}${marks}.`;
  const winners = goal.winners.map((name) => `${name} ${valueText(goal, name)}`).join(' = ');
  const ratios = goal.ratios.map((each) => ratioText(each)).join(', ');
  const caveat = goal.why === '' || goal.why === togetherText(goal.winners) ? '' : `; ${goal.why}`;
  const worse = ratios === '' ? '' : `; worse: ${ratios}`;
  return `${head}: ${winners}${worse}${marks}${caveat}.`;
}

/** Why several win: empty of one. */
export function togetherText(winners: readonly string[]): string {
  return winners.length > 1 ? `${winners.join(' and ')} cannot be told apart` : '';
}

export function ratioText(each: ComparedGoal['ratios'][number]): string {
  return `${each.name} ${timesText(each.ratio)} (${boundsText(each)})`;
}

/** `95 % CI 2.8× to 5.0×`; `interval not bounded` where the data bound it from one side only, or not at all. */
export function boundsText({ low, high }: Pick<ComparedGoal['ratios'][number], 'low' | 'high'>): string {
  return low === null || high === null
    ? 'interval not bounded'
    : `95 % CI ${timesText(low)} to ${timesText(high)}`;
}

export function valueText({ groups, unit }: ComparedGoal, name: string): string {
  const value = groups.find((group) => group.name === name)?.value;
  return value === null || value === undefined ? '–' : formatValue(value, unit);
}

/** `3.9×`, `14×`. */
export function timesText(times: number): string {
  return `${times >= 10 ? times.toFixed(0) : times.toPrecision(2)}×`;
}
