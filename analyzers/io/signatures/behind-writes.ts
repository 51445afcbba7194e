import type { Finding } from '../../../model/finding.ts';
import { blockOpId, deviceNumber } from '../../../model/io-tables.ts';
import { formatCount, formatShare, formatValue } from '../../../model/units.ts';
import { defineAnalyzer } from '../../analyzer.ts';
import type { Context } from '../../context.ts';
import { deviceText } from '../../derived/io/device-names.ts';
import { firstSeen } from '../../derived/io/request-table.ts';
import { requestModel } from '../../derived/io/requests.ts';
import { type ServiceGroup, serviceGroups } from '../../derived/io/service-groups.ts';
import { numberSetting } from '../../derived/settings.ts';
import { batchMean } from '../../stats/batch-means.ts';
import { countAtMost } from '../../stats/sorted.ts';
import { needsRequests } from '../needs.ts';
import { devicesOf, queuePath } from './needs.ts';

/** Fewer reads do not tell what they wait behind. */
const FEWEST = 20;
/** Half of what the device did meanwhile. */
const MOSTLY = 0.5;
/** Requests served while a read waits, below which nobody calls it starved: readers share a disk. */
const MANY = 3;
/** Writes inside the block layer when a read comes, below which they are not deep. */
const DEEP = 2;
/** A read that takes longer is felt, ns. */
const FELT = 50e6;

interface Behind {
  readonly group: ServiceGroup;
  /** Mean ns of a read; mean requests the device completed meanwhile, and the part of them that are writes. */
  readonly latency: number;
  readonly meanwhile: number;
  readonly writes: number;
  readonly low: number;
  readonly high: number;
  /** Mean writes inside the block layer when a read came. */
  readonly depth: number;
}

/** Deep writes that readers wait behind: what the device completes while a read waits is mostly writes. */
export const behindWrites = defineAnalyzer({
  id: 'io/signature/behind-writes',
  question: 'Do readers wait behind deep writes?',
  needs: [needsRequests],
  metrics: [
    {
      id: 'io.signature.behind_writes',
      unit: 'share',
      labels: ['device', 'who'],
      about: `Of what a device completed while reads of a stream waited, the part that were writes. Present where it is half or more of at least ${MANY} requests, with ${DEEP} writes or more inside the block layer when a read comes.`,
    },
  ],
  run(context) {
    const found = devicesOf(context).flatMap((device) => behindOf(context, device));
    return {
      metrics: found.map(({ group, writes, low, high }) => ({
        id: 'io.signature.behind_writes',
        labels: { device: deviceNumber(group.device), who: group.who },
        value: writes,
        unit: 'share',
        better: 'lower',
        n: group.rows.length,
        ...(Number.isNaN(low + high) ? {} : { low: Math.max(0, low), high: Math.min(1, high) }),
      })),
      findings: [...new Set(found.map(({ group }) => group.device))].map((device) =>
        finding(
          context,
          found.filter(({ group }) => group.device === device),
        ),
      ),
      sections: [],
    };
  },
});

function behindOf(context: Context, device: number): Behind[] {
  const { requests, completed } = context.derive(requestModel);
  const { columns } = requests;
  const own = completed.filter((row) => columns.device[row] === device);
  const all = times(own, (row) => columns.complete[row] as number);
  const isWrite = own.filter((row) => columns.op[row] === blockOpId.write);
  const writesDone = times(isWrite, (row) => columns.complete[row] as number);
  const writesCome = times(isWrite, (row) => firstSeen(columns, row));
  return context
    .derive(serviceGroups)
    .filter(({ device: id, who }) => id === device && / read \S+ /.test(who))
    .flatMap((group): Behind[] => {
      if (group.rows.length < FEWEST) return [];
      const done = new Float64Array(group.rows.length);
      const writes = new Float64Array(group.rows.length);
      let [depth, latency] = [0, 0];
      group.rows.forEach((row, i) => {
        const [from, to] = [firstSeen(columns, row), columns.complete[row] as number];
        // Itself is among those completed at its own end.
        done[i] = Math.max(0, countAtMost(all, to) - countAtMost(all, from) - 1);
        writes[i] = Math.min(done[i] as number, countAtMost(writesDone, to) - countAtMost(writesDone, from));
        depth += countAtMost(writesCome, from) - countAtMost(writesDone, from);
        latency += to - from;
      });
      const { mean, low, high } = batchMean(writes, done);
      const n = group.rows.length;
      const meanwhile = done.reduce((sum, each) => sum + each, 0) / n;
      const found = { group, latency: latency / n, meanwhile, writes: mean, low, high, depth: depth / n };
      return mean >= MOSTLY && meanwhile >= MANY && found.depth >= DEEP ? [found] : [];
    })
    .sort((a, b) => b.latency - a.latency);
}

function times(rows: Uint32Array, of: (row: number) => number): Float64Array {
  return Float64Array.from(rows, of).sort();
}

function finding(context: Context, found: readonly Behind[]): Finding {
  const [worst] = found as [Behind];
  const { group, latency, meanwhile, writes, low, high, depth } = worst;
  const name = deviceNumber(group.device);
  const tags = numberSetting(context, group.device, 'nr_requests', Number.NaN);
  return {
    id: `io/signature/behind-writes/${name}`,
    severity: latency >= FELT ? 'warning' : 'note',
    claim: `Deep writes starve readers of ${deviceText(context, name)}: ${group.who} takes ${formatValue(latency, 'ns')} on average, and ${formatShare(writes)} of what the device does meanwhile are writes`,
    share: writes,
    confidence: {
      n: group.rows.length,
      low: Number.isNaN(low) ? 0 : Math.max(0, low),
      high: Number.isNaN(high) ? 1 : Math.min(1, high),
      why: 'requests completed between the queueing and the completion of each read; interval by batch means',
    },
    evidence: [
      {
        label: 'by stream',
        section: 'io/service/groups',
        selection: {},
        formula: `${meanwhile.toFixed(1)} requests completed while a read waited, ${(meanwhile * writes).toFixed(1)} of them writes; ${depth.toFixed(1)} writes inside the block layer when it came${tags.captured ? ` (nr_requests ${formatCount(tags.value)})` : ''}`,
      },
      { label: 'queue depth', section: 'io/waits/parts', selection: {} },
    ],
    actions: [
      {
        text: 'Let fewer writes in at a time (the program’s own queue depth, dirty_background_bytes, wbt), or give readers a class or a weight of their own',
        run: `grep -H . ${queuePath(name)}/wbt_lat_usec ${queuePath(name)}/nr_requests /proc/sys/vm/dirty_background_bytes`,
        verify:
          'record again under the same load, and compare io.service.latency.p99 of reads: vtune compare',
        risk: 'none',
      },
    ],
    caveats: [],
  };
}
