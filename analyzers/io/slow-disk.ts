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
    .flatMap((disks) =>
      disks.flatMap(
        (disk) =>
          compare(
            disk,
            disks.filter((each) => each !== disk),
          ) ?? [],
      ),
    )
    .filter(
      ({ ratio }) => ratio.n >= FEWEST && Math.exp(ratio.value) >= SLOWER && Math.exp(ratio.low) >= SURELY,
    )
    .map(finding);
}

function compare(disk: DeviceSummary, peers: readonly DeviceSummary[]): Compared | undefined {
  const own = wholeParts(disk.intervals);
  const others = peers.map((peer) => ({ rows: rowsByEnd(peer), parts: wholeParts(peer.intervals) }));
  const logs: number[] = [];
  for (let row = 0; row < disk.intervals.length; row++) {
    const key = keyOf(disk, row);
    const waits = others.flatMap(({ rows, parts }) => {
      const at = rows.get(key);
      return at !== undefined && (parts.rate[at] ?? 0) > 0 && (parts.wait[at] ?? 0) > 0
        ? [parts.wait[at] as number]
        : [];
    });
    const wait = own.wait[row] as number;
    if ((own.rate[row] ?? 0) > 0 && wait > 0 && waits.length >= 2) logs.push(Math.log(wait / median(waits)));
  }
  if (logs.length === 0) return undefined;
  return {
    disk,
    peers,
    ratio: ratioInterval(
      logs,
      logs.map(() => 1),
    ),
    rate: disk.all.rate.value / median(peers.map(({ all }) => all.rate.value)),
    size: disk.all.size.value / median(peers.map(({ all }) => all.size.value)),
  };
}

/** Rows of one report have one time; without times, files list the same devices in every report. */
function keyOf({ intervals }: DeviceSummary, row: number): number {
  const end = intervals.end[row] as number;
  return Number.isNaN(end) ? row : end;
}

function rowsByEnd(summary: DeviceSummary): Map<number, number> {
  return new Map(Array.from({ length: summary.intervals.length }, (_, row) => [keyOf(summary, row), row]));
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
