import { memorySeries } from '../../../model/memory-series.ts';
import type { KernelFile } from './kernel-file.ts';
import { readKeyValues } from './key-values.ts';

/** How often a control group met its limits, was out of memory, lost tasks; oom_control is the file of version 1. */
export const cgroupMemoryEvents: KernelFile = {
  id: 'cgroup memory.events, memory.events.local, memory.swap.events; v1 memory.oom_control',
  path: /\/memory\.(?:events(?:\.local)?|swap\.events|oom_control)$/,
  read(text, out) {
    const file = out.cgroup?.file ?? '';
    readKeyValues(text, out, (key, value) => {
      if (key === 'under_oom') out.gauge(memorySeries.underOom, 'count', value);
      else if (key === 'oom_kill_disable') out.setting(String(value));
      else if (file === 'memory.swap.events') out.cumulative(memorySeries.swapEvent(key), 'count', value);
      else if (file === 'memory.events.local') out.cumulative(memorySeries.localEvent(key), 'count', value);
      else out.cumulative(memorySeries.event(key), 'count', value);
    });
  },
};
