import type { Finding } from '../../model/finding.ts';
import { formatShare, formatValue } from '../../model/units.ts';
import type { DeviceSummary } from '../derived/io/device-summary.ts';
import { traceRequests } from './capture.ts';

const SMALL = 16 * 1024;
/** Writes a second below which their size matters to nobody. */
const FEWEST = 20;

/** Many small writes that were not merged: what journals, databases with fsync, and random updates make. */
export function smallWriteFindings({ device, operations, all, util, saturated }: DeviceSummary): Finding[] {
  const write = operations.find(({ operation }) => operation === 'write');
  if (write === undefined) return [];
  const { rate, size, merged } = write;
  const share = rate.value / all.rate.value;
  const small = size.value <= SMALL && rate.value >= FEWEST && share >= 0.5 && !(merged.value >= 0.5);
  if (!small || util.value < 0.1) return [];
  return [
    {
      id: `io/disks/small-writes/${device}`,
      severity: saturated.value >= 0.25 ? 'warning' : 'note',
      claim: `${formatShare(share)} of the requests to ${device} are writes of ${formatValue(size.value, 'bytes')} on average, and ${formatShare(merged.value || 0)} of writes were merged`,
      share,
      confidence: {
        n: rate.n,
        low: share,
        high: share,
        why: 'from the rates and sizes of the whole recording',
      },
      evidence: [
        {
          label: 'every disk',
          section: 'io/disks/devices',
          selection: {},
          formula: `${formatValue(rate.value, '1/s')} of ${formatValue(all.rate.value, '1/s')} are writes; ${formatValue(write.throughput.value, 'bytes/s')}`,
        },
      ],
      actions: [
        { text: 'See where they go, and which process issues them', risk: 'none' },
        traceRequests(device),
      ],
      caveats: [
        'iostat knows no addresses: small writes that are not merged may be random, or sequential and written through one by one (O_DIRECT, O_SYNC, fsync)',
      ],
    },
  ];
}
