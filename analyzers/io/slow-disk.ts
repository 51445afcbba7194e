import type { Finding } from '../../model/finding.ts';
import { formatCount, formatValue } from '../../model/units.ts';
import { median } from '../derived/io/device-readings.ts';
import { type DeviceSummary, wholeParts } from '../derived/io/device-summary.ts';
import { type Ratio, ratioInterval } from '../stats/ratio-interval.ts';
import { commandName, diskSet } from './device-name.ts';

/** Fewest intervals in which a disk and its peers all worked. */
const FEWEST = 5;
/** Times as long as its peers from which on a disk is called slow, and what the interval must exclude. */
const SLOWER = 2;
const SURELY = 1.5;

interface Compared {
  readonly disk: DeviceSummary;
  readonly peers: readonly DeviceSummary[];
  /** Geometric mean over intervals of its wait over the median wait of its peers. */
  readonly ratio: Ratio;
  /** Its rate and request size over those of the median peer. */
  readonly rate: number;
  readonly size: number;
}

/** One slow disk in a set of three and more of a kind that share a load. */
export function slowDiskFindings(summaries: readonly DeviceSummary[]): Finding[] {
  const sets = new Map<string, DeviceSummary[]>();
  for (const summary of summaries) {
    const set = diskSet(summary.device);
    if (set === undefined || !(summary.all.rate.value >= 1) || !(summary.all.wait.value > 0)) continue;
    sets.set(set, [...(sets.get(set) ?? []), summary]);
  }
  return [...sets.values()]
    .filter((disks) => disks.length >= 3)
    .flatMap(compareSet)
    .filter(
      ({ ratio }) => ratio.n >= FEWEST && Math.exp(ratio.value) >= SLOWER && Math.exp(ratio.low) >= SURELY,
    )
    .map(finding);
}

/** Every disk against its peers, report by report: logarithms of its wait over the median of theirs. */
function compareSet(disks: readonly DeviceSummary[]): Compared[] {
  const logs = disks.map((): number[] => []);
  for (const waits of waitsByReport(disks).values()) {
    const working = [...waits.keys()].filter((disk) => !Number.isNaN(waits[disk]));
    if (working.length < 3) continue;
    working.sort((a, b) => (waits[a] as number) - (waits[b] as number));
    working.forEach((disk, rank) => {
      const without = (at: number): number => waits[working[at < rank ? at : at + 1] as number] as number;
      const peers = working.length - 1;
      const middle = (without((peers - 1) >> 1) + without(peers >> 1)) / 2;
      logs[disk]?.push(Math.log((waits[disk] as number) / middle));
    });
  }
  return disks.flatMap((disk, at) => {
    const own = logs[at] ?? [];
    const peers = disks.filter((each) => each !== disk);
    if (own.length === 0) return [];
    return [
      {
        disk,
        peers,
        ratio: ratioInterval(
          own,
          own.map(() => 1),
        ),
        rate: disk.all.rate.value / median(peers.map(({ all }) => all.rate.value)),
        size: disk.all.size.value / median(peers.map(({ all }) => all.size.value)),
      },
    ];
  });
}

/**
 * Waits of all disks by the time of the report, NaN where a disk did nothing. Without times, files
 * list the same devices in every report: then by its number.
 */
function waitsByReport(disks: readonly DeviceSummary[]): Map<number, Float64Array> {
  const reports = new Map<number, Float64Array>();
  disks.forEach(({ intervals }, disk) => {
    const { rate, wait } = wholeParts(intervals);
    for (let row = 0; row < intervals.length; row++) {
      const end = intervals.end[row] as number;
      const key = Number.isNaN(end) ? row : end;
      let waits = reports.get(key);
      if (waits === undefined) {
        waits = new Float64Array(disks.length).fill(Number.NaN);
        reports.set(key, waits);
      }
      if ((rate[row] ?? 0) > 0 && (wait[row] ?? 0) > 0) waits[disk] = wait[row] as number;
    }
  });
  return reports;
}

function finding({ disk, peers, ratio, rate, size }: Compared): Finding {
  const { device } = disk;
  const alike = rate > 1 / 3 && rate < 3 && !(size < 1 / 2) && !(size > 2);
  const [value, low, high] = [ratio.value, ratio.low, ratio.high].map((each) => Math.exp(each).toFixed(1));
  const names = peers.map((peer) => peer.device);
  return {
    id: `io/disks/slow-in-set/${device}`,
    severity: alike ? 'warning' : 'note',
    claim: `Requests to ${device} take ${value} times as long as those to its ${formatCount(peers.length)} peers`,
    share: 1 - Math.exp(-ratio.value),
    confidence: {
      n: ratio.n,
      low: 1 - Math.exp(-ratio.low),
      high: 1 - Math.exp(-ratio.high),
      why: `${low} to ${high} times, interval by interval against the median of ${names.slice(0, 6).join(', ')}${names.length > 6 ? ' …' : ''}; the share is the part of its wait beyond theirs`,
    },
    evidence: [
      {
        label: 'every disk',
        section: 'io/disks/devices',
        selection: {},
        formula: `${formatValue(disk.all.wait.value, 'ns')} against ${formatValue(median(peers.map(({ all }) => all.wait.value)), 'ns')}; ${rate.toFixed(2)} times their requests a second, of ${size.toFixed(2)} times their size`,
      },
    ],
    actions: [
      {
        text: 'Ask the disk how it is, and the kernel whether it retries',
        run: `smartctl -x /dev/${commandName(device)}; dmesg -T | grep -F ${commandName(device)}`,
        risk: 'none',
      },
    ],
    caveats: alike
      ? []
      : ['inconclusive: its load is not like that of its peers, so it may be slower for that reason'],
  };
}
