import { kernelIsSince } from '../cgroup/cpu-quota-actions.ts';
import type { Context } from '../context.ts';
import { settingsRead } from '../derived/settings.ts';

/** A knob this kernel does not have where a configuration looks for it. */
export interface GoneKnob {
  /** What became of it, as a short phrase. */
  readonly text: string;
  /** Where it is now; undefined = nowhere. */
  readonly now: string | undefined;
}

const DEBUG = '/sys/kernel/debug/sched/';
/** Moved from sysctl to debugfs with 5.13; those with `until` went away with EEVDF, 6.6 (kernel/sched/debug.c, kernel/sched/fair.c). */
const schedulerKnobs: Readonly<Record<string, { readonly until?: string }>> = {
  latency_ns: { until: '6.6' },
  min_granularity_ns: { until: '6.6' },
  wakeup_granularity_ns: { until: '6.6' },
  migration_cost_ns: {},
  nr_migrate: {},
  tunable_scaling: {},
};

/**
 * What became of a sysctl of the scheduler on the captured kernel; undefined when it is still there, when the running
 * kernel lists it (distributions carry patches), or when the release is not known.
 */
export function goneKnob(context: Context, path: string): GoneKnob | undefined {
  const name = /^\/proc\/sys\/kernel\/sched_(\w+)$/.exec(path)?.[1] ?? '';
  const knob = schedulerKnobs[name];
  if (knob === undefined || context.derive(settingsRead).has(path)) return undefined;
  if (kernelIsSince(context, '5.13') !== true) return undefined;
  if (knob.until !== undefined && kernelIsSince(context, knob.until) === true)
    return {
      text: `gone with EEVDF (${knob.until}): base_slice_ns in debugfs is what is left`,
      now: undefined,
    };
  return { text: `moved to ${DEBUG}${name} with 5.13`, now: DEBUG + name };
}
