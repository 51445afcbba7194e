import type { Context } from '../../context.ts';
import { formatCpuList, parseCpuList } from '../../derived/cpu-list.ts';
import { settingsRead } from '../../derived/settings.ts';
import type { Conflict, ConflictRule } from './conflict.ts';

/** A process pinned to CPUs on which a device's interrupts are served. */
export const pinnedInterrupts: ConflictRule = {
  about: 'pinned processes and interrupts of devices',
  knows: (context) => pinned(context).length > 0 && interrupts(context).length > 0,
  find(context) {
    const served = interrupts(context);
    return pinned(context).flatMap(({ pid, cpus }): Conflict[] => {
      const hit = served.filter(({ on }) => [...on].every((cpu) => cpus.has(cpu)));
      if (hit.length === 0) return [];
      const shown = hit.slice(0, 4).map(({ irq }) => irq);
      const list = formatCpuList(cpus);
      return [
        {
          id: `pinned-interrupts:${pid}`,
          severity: 'note',
          claim: `Process ${pid} is pinned to CPUs ${list}, which alone serve ${hit.length === 1 ? 'interrupt' : `${hit.length} interrupts:`} ${shown.join(', ')}`,
          formula: `Cpus_allowed_list of ${pid} = ${list}; ${hit
            .slice(0, 4)
            .map(({ irq, text }) => `irq ${irq} → ${text}`)
            .join(', ')}`,
          why: 'read from the affinity files; how many interrupts come is told by /proc/interrupts',
          actions: [
            {
              text: 'Move the interrupts to CPUs outside (managed ones, as of NVMe queues, refuse with EIO)',
              run: `echo OTHER_CPUS | sudo tee /proc/irq/${shown[0]}/smp_affinity_list`,
              undo: `echo ${formatCpuList(hit[0]?.on ?? [])} | sudo tee /proc/irq/${shown[0]}/smp_affinity_list`,
              verify: `watch -n1 grep -E '^ *${shown[0]}:' /proc/interrupts`,
              risk: 'low',
            },
          ],
          caveats: ['interrupts that come rarely cost nothing: compare two copies of /proc/interrupts first'],
        },
      ];
    });
  },
};

/** Processes that may run on some CPUs only. */
function pinned(context: Context): readonly { readonly pid: string; readonly cpus: ReadonlySet<number> }[] {
  const settings = context.derive(settingsRead);
  const online = parseCpuList(settings.get('/sys/devices/system/cpu/online') ?? '');
  return [...settings].flatMap(([path, text]) => {
    const pid = /^\/proc\/(\d+)\/status$/.exec(path)?.[1];
    const cpus = pid === undefined ? undefined : parseCpuList(text);
    // Without the list of CPUs, one CPU is certainly not all of a host that has several interrupts' worth of them.
    const few =
      cpus !== undefined && cpus.size > 0 && (online?.size ? cpus.size < online.size : cpus.size === 1);
    return pid !== undefined && cpus !== undefined && few ? [{ pid, cpus }] : [];
  });
}

function interrupts(context: Context) {
  const settings = context.derive(settingsRead);
  return [...settings].flatMap(([path, text]) => {
    const irq = /^\/proc\/irq\/(\d+)\/smp_affinity_list$/.exec(path)?.[1];
    if (irq === undefined) return [];
    const on = parseCpuList(settings.get(`/proc/irq/${irq}/effective_affinity_list`)?.trim() || text);
    return on === undefined || on.size === 0 ? [] : [{ irq, on, text: formatCpuList(on) }];
  });
}
