import { activeValue } from '../../../../model/knobs.ts';
import { type CapturedQueue, type SchedulerName, schedulerNames } from '../../../../model/simulation.ts';
import type { Context } from '../../../context.ts';
import { queueSetting, queueSettings } from '../../../derived/settings.ts';
import { schedulers } from '../schedulers/index.ts';
import type { Variant } from '../variants.ts';

/** What the captured queue was set to; undefined when the capture does not tell. */
export function capturedQueue(context: Context, device: number): CapturedQueue | undefined {
  const listed = queueSetting(context, device, 'scheduler')?.trim();
  if (listed === undefined) return undefined;
  const scheduler = activeValue(listed);
  const tunables = queueSettings(context, device, 'iosched/');
  const changed = Object.keys(changedOf(context, device, scheduler, tunables));
  return { listed, scheduler, tunables, changed };
}

/** The captured scheduler with its tunables where they differ from the defaults; undefined: it is not simulated. */
export function capturedVariant(context: Context, device: number, name: string): Variant | undefined {
  const scheduler = schedulerNames.find((each): each is SchedulerName => each === name);
  if (scheduler === undefined) return undefined;
  const tunables = queueSettings(context, device, 'iosched/');
  return { scheduler, settings: changedOf(context, device, scheduler, tunables) };
}

function changedOf(
  context: Context,
  device: number,
  scheduler: string,
  tunables: Readonly<Record<string, string>>,
): Record<string, number> {
  const known = schedulers[scheduler as SchedulerName]?.defaults ?? {};
  const found: Record<string, number> = {};
  for (const [name, text] of Object.entries(tunables)) {
    const value = Number(text);
    if (!Object.hasOwn(known, name) || text.trim() === '' || !Number.isSafeInteger(value)) continue;
    if (value !== known[name] && !isDerived(context, device, `${scheduler} ${name}`, value, tunables))
      found[name] = value;
  }
  return found;
}

/** Defaults the kernel works out, so that they read otherwise than what stands for them here. */
function isDerived(
  context: Context,
  device: number,
  tunable: string,
  value: number,
  tunables: Readonly<Record<string, string>>,
): boolean {
  switch (tunable) {
    case 'mq-deadline async_depth':
      return value === Number(queueSetting(context, device, 'nr_requests'));
    case 'bfq slice_idle_us':
      return value === Number(tunables.slice_idle) * 1000;
    // HZ / 8 in whole timer ticks, at HZ 100, 250, 300 and 1000.
    case 'bfq timeout_sync':
      return [120, 123, 124, 125].includes(value);
    case 'cfq slice_idle':
      return value === (queueSetting(context, device, 'rotational')?.trim() === '0' ? 0 : 8);
    // HZ / 150, at least one tick, at HZ 100, 250, 300 and 1000.
    case 'anticipatory antic_expire':
      return [10, 4, 6].includes(value);
    default:
      return false;
  }
}
