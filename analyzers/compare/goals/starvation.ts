import { formatValue } from '../../../model/units.ts';
import type { RunGroup } from '../conclusions.ts';

/** A reader that goes so long without service is starved, whatever the mean of all says, ns. */
const STARVED = 1e9;
/** So many times longer than the longest wait for service under another setting: the setting starves, not the disk. */
const TIMES = 10;

interface Gap {
  readonly name: string;
  readonly who: string;
  /** ns; of several runs the median of each run's longest. */
  readonly gap: number;
}

/** Of each group the reader that went longest without service; groups without readers are left out. */
function longestGaps(groups: readonly RunGroup[], device: string): Gap[] {
  return groups.flatMap(({ name, runs }) => {
    const longest = runs
      .flatMap(({ metrics }) => {
        const gaps = metrics.filter(
          ({ id, labels }) =>
            id === 'io.service.gap' && labels.device === device && / read \S+ /.test(labels.who ?? ''),
        );
        return gaps.sort((a, b) => b.value - a.value).slice(0, 1);
      })
      .sort((a, b) => a.value - b.value);
    const middle = longest[longest.length >> 1];
    return middle === undefined ? [] : [{ name, who: middle.labels.who ?? '', gap: middle.value }];
  });
}

/**
 * Readers that starve, in words, and the groups that are to stand behind the others for it: a figure over all reads
 * hides who got none. A group is behind when another of them starves no reader so; else it may be the disk.
 */
export function starvedReaders(
  groups: readonly RunGroup[],
  device: string,
): { readonly why: readonly string[]; readonly behind: readonly string[] } {
  const gaps = longestGaps(groups, device);
  const least = Math.min(...gaps.map(({ gap }) => gap));
  const starved = gaps.filter(({ gap }) => gap >= STARVED);
  const behind = starved.filter(({ gap }) => gap >= TIMES * least).map(({ name }) => name);
  return {
    why: starved.map(
      ({ name, who, gap }) =>
        `with ${name}, ${who} went ${formatValue(gap, 'ns')} without service${behind.includes(name) ? ', and so it comes last' : ''}`,
    ),
    behind,
  };
}
