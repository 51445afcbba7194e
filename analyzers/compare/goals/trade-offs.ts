import { boundsText, timesText } from '../../../model/goal-text.ts';
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
    const sides = (['writes', 'reads', 'class rt'] as const)
      .map((who) => {
        const labels = { device, who };
        const own = groupValue(group, 'io.service.throughput', labels, seed);
        const other = groupValue(first, 'io.service.throughput', labels, seed);
        return {
          who: who === 'class rt' ? 'the RT class' : who,
          gain: ratioOf(own, other),
          loss: ratioOf(other, own),
        };
      })
      .filter(({ gain }) => Number.isFinite(gain.ratio) && gain.ratio > 0);
    const more = sides.filter(({ gain }) => gain.ratio >= LEAST);
    const less = sides.filter(({ loss }) => loss.ratio >= LEAST);
    if (more.length === 0 || less.length === 0) return [];
    const gains = more.map(
      ({ who, gain }) => `${who} ${timesText(gain.ratio)} the bytes (${boundsText(gain)})`,
    );
    const losses = less.map(({ who, loss }) => `${who} ${timesText(loss.ratio)} less (${boundsText(loss)})`);
    return [`${group.name} gives ${gains.join(' and ')}, and ${losses.join(' and ')}, than ${first.name}.`];
  });
}
