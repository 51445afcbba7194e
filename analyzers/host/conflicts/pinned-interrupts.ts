import { formatCount } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import { formatCpuList, parseCpuList } from '../../derived/cpu-list.ts';
import { interruptCounts } from '../../derived/net/interrupt-counts.ts';
import { boundByKernel } from '../../derived/pinning/overlaps.ts';
import { settingsRead } from '../../derived/settings.ts';
import type { Conflict, ConflictRule } from './conflict.ts';

/** Heuristic: interrupts a second that cost a pinned program enough to be a warning. */
const MANY = 1000;
const MOST_SHOWN = 4;

/** An interrupt line that meets a pinned process. */
interface Hit {
  readonly irq: string;
  readonly text: string;
  /** Fired on its CPUs between the copies, and a second; NaN where not counted, or the copies have no times. */
  readonly fired: number;
  readonly rate: number;
}

/** Somebody held to few CPUs. */
interface Pinned {
  readonly id: string;
  readonly of: string;
  readonly cpus: ReadonlySet<number>;
}

/** A process pinned to CPUs on which a device's interrupts are served. Lines that never fire there raise nothing. */
export const pinnedInterrupts: ConflictRule = {
  about: 'pinned processes and interrupts of devices',
  knows: (context) =>
    pinned(context).length > 0 &&
    (affinities(context).size > 0 || context.derive(interruptCounts).length > 0),
  find: (context) => pinned(context).flatMap((each) => conflict(context, each)),
};

function conflict(context: Context, { id, of, cpus }: Pinned): Conflict[] {
  const hits = hitsOf(context, cpus);
  const [worst] = hits;
  if (worst === undefined) return [];
  const list = formatCpuList(cpus);
  const counted = !Number.isNaN(worst.fired);
  const rate = hits.reduce((sum, hit) => sum + hit.rate, 0);
  const fired = hits.reduce((sum, hit) => sum + hit.fired, 0);
  const shown = hits.slice(0, MOST_SHOWN);
  const lines = `${hits.length === 1 ? 'interrupt' : `${hits.length} interrupts:`} ${shown.map(({ irq }) => irq).join(', ')}${hits.length > MOST_SHOWN ? ' …' : ''}`;
  const on = affinities(context).get(worst.irq) ?? cpus;
  return [
    {
      id: `pinned-interrupts:${id}`,
      severity: rate >= MANY ? 'warning' : 'note',
      claim: counted
        ? `${of} is pinned to CPUs ${list}, where devices interrupted ${Number.isFinite(rate) ? `${rate.toFixed(rate < 10 ? 1 : 0)} times a second` : `${formatCount(fired)} times between the copies`} (${lines})`
        : `${of} is pinned to CPUs ${list}, which alone serve ${lines}`,
      formula: `Cpus_allowed_list of ${of} = ${list}; ${shown
        .map(({ irq, text, fired: many }) =>
          Number.isNaN(many) ? `irq ${irq} → ${text}` : `irq ${irq} Δ ${formatCount(many)} there`,
        )
        .join(', ')}`,
      why: counted
        ? 'differences of /proc/interrupts on these CPUs; 1000 a second is a heuristic'
        : 'read from the affinity files; how many interrupts come is told by /proc/interrupts',
      actions: [
        {
          text: 'Move the interrupts to CPUs outside (managed ones, as of NVMe queues, refuse with EIO)',
          run: `echo OTHER_CPUS | sudo tee /proc/irq/${worst.irq}/smp_affinity_list`,
          undo: `echo ${formatCpuList(on)} | sudo tee /proc/irq/${worst.irq}/smp_affinity_list`,
          verify: `watch -n1 grep -E '^ *${worst.irq}:' /proc/interrupts`,
          risk: 'low',
        },
      ],
      caveats: counted
        ? []
        : ['interrupts that come rarely cost nothing: compare two copies of /proc/interrupts first'],
    },
  ];
}

/** Lines that fired on these CPUs, the most first; where nothing was counted twice, lines that may fire nowhere else. */
function hitsOf(context: Context, cpus: ReadonlySet<number>): readonly Hit[] {
  const counts = context
    .derive(interruptCounts)
    .filter(({ name, sinceBoot }) => /^\d+$/.test(name) && !sinceBoot);
  if (counts.length > 0) {
    return counts
      .map(({ name, cpus: by, duration }): Hit => {
        const fired = [...by].reduce((sum, [cpu, count]) => sum + (cpus.has(Number(cpu)) ? count : 0), 0);
        return { irq: name, text: '', fired, rate: duration > 0 ? fired / (duration / 1e9) : Number.NaN };
      })
      .filter(({ fired }) => fired > 0)
      .sort((a, b) => b.fired - a.fired || Number(a.irq) - Number(b.irq));
  }
  return [...affinities(context)]
    .filter(([, on]) => [...on].every((cpu) => cpus.has(cpu)))
    .map(([irq, on]) => ({ irq, text: formatCpuList(on), fired: Number.NaN, rate: Number.NaN }));
}

/** Processes and threads that may run on the same few CPUs; threads of the kernel are where they must be. */
function pinned(context: Context): readonly Pinned[] {
  const settings = context.derive(settingsRead);
  const online = parseCpuList(settings.get('/sys/devices/system/cpu/online') ?? '');
  const found = new Map<string, { id: string; of: string; cpus: ReadonlySet<number>; pids: Set<string> }>();
  for (const [path, text] of settings) {
    const [, pid, tid] = /^\/proc\/(\d+)\/(?:task\/(\d+)\/)?status$/.exec(path) ?? [];
    const cpus = pid === undefined ? undefined : parseCpuList(text);
    if (pid === undefined || cpus === undefined || cpus.size === 0) continue;
    if (boundByKernel(settings.get(path.replace(/status$/, 'comm')) ?? '')) continue;
    // Without the list of CPUs, one CPU is certainly not all of a host that has several interrupts' worth of them.
    const few = online?.size ? cpus.size < online.size : cpus.size === 1;
    if (!few) continue;
    const key = formatCpuList(cpus);
    const own = found.get(key);
    const isThread = tid !== undefined && tid !== pid;
    if (own !== undefined) own.pids.add(pid);
    else
      found.set(key, {
        id: isThread ? `${pid}/${tid}` : pid,
        of: isThread ? `Thread ${tid} of process ${pid}` : `Process ${pid}`,
        cpus,
        pids: new Set([pid]),
      });
  }
  return [...found.values()].map(({ id, of, cpus, pids }) => ({
    id,
    of: pids.size > 1 ? `${of} (and ${formatCount(pids.size - 1)} other${pids.size > 2 ? 's' : ''})` : of,
    cpus,
  }));
}

/** CPUs by interrupt line, as the hardware has it where the kernel tells. */
function affinities(context: Context): ReadonlyMap<string, ReadonlySet<number>> {
  const settings = context.derive(settingsRead);
  const found = new Map<string, ReadonlySet<number>>();
  for (const [path, text] of settings) {
    const irq = /^\/proc\/irq\/(\d+)\/smp_affinity_list$/.exec(path)?.[1];
    if (irq === undefined) continue;
    const on = parseCpuList(settings.get(`/proc/irq/${irq}/effective_affinity_list`)?.trim() || text);
    if (on !== undefined && on.size > 0) found.set(irq, on);
  }
  return found;
}
