import { INTERFACE, type InterfaceCount } from '../../../model/network-series.ts';
import { formatShare, formatValue } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import { elapsedBetweenCopies } from '../../derived/counters/elapsed.ts';
import { increaseOf, rateOf } from '../../derived/counters/increase.ts';
import { entitiesOf, readingsOf } from '../../derived/counters/readings.ts';
import { settingsRead } from '../../derived/settings.ts';
import { type Measured, type ReadResource, type ResourceUse, resourceUse } from './resource.ts';

const MOST_INTERFACES = 8;
const copies = 'cp /proc/net/dev proc_net_dev.before; sleep 30; cp /proc/net/dev proc_net_dev.after';
const capture = { utilisation: copies, saturation: copies, errors: copies };

/** Network interfaces: bytes against the speed of the link, drops, errors. */
export const networkUse: ReadResource = (context) => {
  const names = entitiesOf(context, INTERFACE).filter((name) => name !== 'lo');
  const rows = names.map((name) => interfaceUse(context, name));
  const busy = rows.sort((a, b) => (b.share ?? 0) - (a.share ?? 0)).slice(0, MOST_INTERFACES);
  if (busy.length > 0) return busy;
  const nothing = { share: undefined, utilisation: undefined, saturation: undefined, errors: undefined };
  return [resourceUse({ resource: 'network', ...nothing }, capture)];
};

function interfaceUse(context: Context, name: string): ResourceUse {
  const count = (what: InterfaceCount) => readingsOf(context, what, INTERFACE, name);
  const elapsed = context.derive(elapsedBetweenCopies);
  const received = rateOf(count('received bytes'), [], elapsed);
  const sent = rateOf(count('sent bytes'), [], elapsed);
  // Full duplex: the busier direction fills the link. −1 = the driver does not know.
  const megabits = Number(context.derive(settingsRead).get(`/sys/class/net/${name}/speed`) ?? Number.NaN);
  const most = Math.max(received?.value ?? Number.NaN, sent?.value ?? Number.NaN);
  const share = megabits > 0 ? (most * 8) / (megabits * 1e6) : Number.NaN;
  const flow = `${formatValue(received?.value ?? Number.NaN, 'bytes/s')} in, ${formatValue(sent?.value ?? Number.NaN, 'bytes/s')} out`;
  return resourceUse(
    {
      resource: `network ${name}`,
      share: Number.isFinite(share) ? share : undefined,
      utilisation:
        received === undefined
          ? undefined
          : {
              text: `${Number.isFinite(share) ? `${formatShare(share)} of ${megabits} Mbit/s: ` : 'speed of the link not captured: '}${flow}`,
              n: received.n,
            },
      saturation: summed(
        context,
        name,
        ['receive drops', 'send drops', 'receive fifo errors'],
        'packets dropped',
      ),
      errors: summed(context, name, ['receive errors', 'send errors', 'carrier losses'], 'errors'),
    },
    capture,
  );
}

function summed(
  context: Context,
  name: string,
  counts: readonly InterfaceCount[],
  what: string,
): Measured | undefined {
  const gained = counts.flatMap((count) => increaseOf(readingsOf(context, count, INTERFACE, name)) ?? []);
  if (gained.length === 0) return undefined;
  return { text: `${gained.reduce((sum, { value }) => sum + value, 0)} ${what}`, n: gained[0]?.n ?? 0 };
}
