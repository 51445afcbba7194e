import { timesText } from '../../../model/goal-text.ts';
import type { RunGroup } from '../conclusions.ts';
import { groupValue, ratioOf } from './group-values.ts';
import { commonDevice, differentWorkloads } from './workload.ts';

/** Ratios nearer to 1 than this are not worth a sentence. */
const LEAST = 1.2;

/** What a group gives one side and takes from the other, held against the first group: one sentence each. */
export function tradeOffs(groups: readonly RunGroup[], seed: number): string[] {
  const device = commonDevice(groups);
  const [first, ...others] = groups;
  if (device === undefined || first === undefined || differentWorkloads(groups, device) !== '') return [];
  return others.flatMap((group) => {
    const ratio = (who: string): number => {
      const labels = { device, who };
      const [a, b] = [group, first].map((each) => groupValue(each, 'io.service.throughput', labels, seed));
      return a === undefined || b === undefined ? Number.NaN : ratioOf(a, b).ratio;
    };
    const sides = (['writes', 'reads', 'class rt'] as const)
      .map((who) => ({ who: who === 'class rt' ? 'the RT class' : who, times: ratio(who) }))
      .filter(({ times }) => Number.isFinite(times) && times > 0);
    const more = sides.filter(({ times }) => times >= LEAST);
    const less = sides.filter(({ times }) => times <= 1 / LEAST);
    if (more.length === 0 || less.length === 0) return [];
    const gains = more.map(({ who, times }) => `${who} ${timesText(times)} the bytes`).join(' and ');
    const losses = less.map(({ who, times }) => `${who} ${timesText(1 / times)} less`).join(' and ');
    return [`${group.name} gives ${gains}, and ${losses}, than ${first.name}.`];
  });
}
