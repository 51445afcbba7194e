import { formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import { containerView, hasContainerSigns } from '../derived/container-view.ts';

/** Inside a container /proc/stat, meminfo and loadavg are the host's: who reads them as the container's own is misled. */
export const containerOrHost = defineAnalyzer({
  id: 'host/container-view',
  question: 'Do the host-wide files of this capture describe the container it was taken in?',
  needs: [
    {
      missing:
        'signs of a container (/proc/self/cgroup, or the memory limit at the root of /sys/fs/cgroup) beside /proc/stat, meminfo or loadavg',
      captureWith:
        'for f in proc/self/cgroup proc/stat proc/meminfo proc/loadavg sys/fs/cgroup/memory.max sys/fs/cgroup/cpu.stat; do cat /$f > before@$(echo $f | tr / @); done   # inside the container',
      met: (_, context) => hasContainerSigns(context),
    },
  ],
  metrics: [],
  run(context) {
    const view = context.derive(containerView);
    if (view === undefined) return { metrics: [], findings: [], sections: [] };
    const { why, hostFiles, limit, memTotal } = view;
    const sizes =
      Number.isFinite(limit) && Number.isFinite(memTotal)
        ? `; memory limit ${formatValue(limit, 'bytes')}, MemTotal ${formatValue(memTotal, 'bytes')}`
        : '';
    return {
      metrics: [],
      findings: [
        {
          id: 'host/container-view',
          severity: 'note',
          claim: `The capture was taken in a container, and host-wide files show the host: ${hostFiles.join(', ')} count all of it`,
          share: 0,
          confidence: { n: hostFiles.length, low: 0, high: 0, why, bounds: true },
          evidence: [
            {
              label: 'settings of the host',
              section: 'host/environment/table',
              selection: {},
              formula: `${why}${sizes}`,
            },
          ],
          actions: [
            {
              text: 'For the container itself read the files of its control group',
              run: 'cat /sys/fs/cgroup/{cpu.stat,cpu.max,cpu.pressure,memory.current,memory.max,memory.stat,memory.pressure,io.stat}',
              risk: 'none',
            },
          ],
          caveats: ['lxcfs puts files of the container in their place; nothing of it was found here'],
        },
      ],
      sections: [],
    };
  },
});
