import { memorySeries } from '../../../model/memory-series.ts';
import type { Context } from '../../context.ts';
import { cgroupSetting } from '../cgroup-cpu/limits.ts';
import { type Increase, increaseOf, type Rate, rateOf } from '../counters/increase.ts';
import { entitiesOf, lastValue, readingsOf } from '../counters/readings.ts';
import { settingsRead } from '../settings.ts';

/** Pages that were needed again soon after they were reclaimed (mm/workingset.c), of the host or of a control group. */
export interface Refaults {
  /** Empty for the host. */
  readonly cgroup: string;
  /** Pages a second; anon were swapped, file were dropped from the page cache. */
  readonly anon: Rate;
  readonly file: Rate;
  /** What balances the two: the file of the host, or of a group of version 1. Groups of version 2 have none. */
  readonly knob: { readonly path: string; readonly value: number } | undefined;
  /** Pages swapped out between the copies, whole host; NaN = not read. */
  readonly swappedOut: number;
}

/** Swap space of the host: what a page costs that comes back from it. */
export interface Swap {
  /** Bytes; NaN = not read. */
  readonly total: number;
  /** All of it is compressed memory (zram), as far as /proc/swaps was read. */
  readonly inMemory: boolean;
}

const HOST_KNOB = '/proc/sys/vm/swappiness';

/** Where both sorts of refaults were read twice, with times: since 5.9 they are told apart. The host comes first. */
export function refaultsRead(context: Context): readonly Refaults[] {
  const host = refaultsOf(
    context,
    '',
    memorySeries.vmstat,
    numberOf(context.derive(settingsRead).get(HOST_KNOB)),
  );
  const groups = entitiesOf(context, 'cgroup').flatMap((cgroup) => {
    const own = cgroupSetting(context, cgroup, 'memory.swappiness');
    const value = own?.version === 1 ? numberOf(own.text) : Number.NaN;
    return (
      refaultsOf(context, cgroup, memorySeries.stat, value, own?.version === 1 ? own.path : undefined) ?? []
    );
  });
  return host === undefined ? groups : [host, ...groups];
}

export function swapOf(context: Context): Swap {
  const areas = entitiesOf(context, 'device').filter(
    (device) => readingsOf(context, memorySeries.swapSize, 'device', device) !== undefined,
  );
  return {
    total: lastValue(readingsOf(context, memorySeries.meminfo('SwapTotal'))),
    inMemory: areas.length > 0 && areas.every((area) => /^\/dev\/zram\d+$/.test(area)),
  };
}

function refaultsOf(
  context: Context,
  cgroup: string,
  nameOf: (key: string) => string,
  value: number,
  path = cgroup === '' ? HOST_KNOB : undefined,
): Refaults | undefined {
  const entity = cgroup === '' ? 'host' : 'cgroup';
  const rate = (of: string): Rate | undefined =>
    rateOf(readingsOf(context, nameOf(`workingset_refault_${of}`), entity, cgroup));
  const [anon, file] = [rate('anon'), rate('file')];
  if (anon === undefined || file === undefined) return undefined;
  const swapped: Increase | undefined = increaseOf(readingsOf(context, memorySeries.vmstat('pswpout')));
  return {
    cgroup,
    anon,
    file,
    knob: path === undefined ? undefined : { path, value },
    swappedOut: swapped?.value ?? Number.NaN,
  };
}

function numberOf(text: string | undefined): number {
  return text !== undefined && /^\d{1,3}$/.test(text.trim()) ? Number(text) : Number.NaN;
}
