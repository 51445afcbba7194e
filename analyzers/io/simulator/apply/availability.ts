import type { SchedulerName } from '../../../../model/simulation.ts';
import { isSince, type KernelRelease } from './kernel-release.ts';
import { schedulerHistory } from './scheduler-history.ts';

/** What is known of the machine a scheduler would run on. */
export interface Machine {
  readonly release?: KernelRelease;
  /** What `queue/scheduler` of the device says: `none [mq-deadline] kyber`. */
  readonly listed?: string;
  /** Name in /sys/block. */
  readonly device?: string;
}

/** Can a scheduler be chosen there? */
export type Availability =
  | {
      readonly can: true;
      /** What to know, for one line. */
      readonly note: string;
      /** Module to load first. */
      readonly module?: string;
      /** Parameter of the kernel's command line to boot with first. */
      readonly boot?: string;
    }
  | { readonly can: false; readonly why: string };

/**
 * Whether a scheduler with these tunables can be chosen. What the queue lists is there, whatever the version says:
 * distributions take schedulers over from later kernels. What it does not list may be a module, or of the other block
 * layer. Source: block/elevator.c, elv_iosched_show(); drivers/scsi/scsi.c, use_blk_mq; drivers/md/dm-rq.c, use_blk_mq.
 */
export function availabilityOf(
  scheduler: SchedulerName,
  settings: Readonly<Record<string, number>>,
  machine: Machine,
): Availability {
  const { release } = machine;
  const tunables = schedulerHistory[scheduler].tunables ?? {};
  const late = Object.keys(settings).find(
    (name) => release !== undefined && tunables[name] !== undefined && !isSince(release, tunables[name]),
  );
  const found = schedulerOn(scheduler, machine);
  if (!found.can || late === undefined) return found;
  return { can: false, why: `${scheduler} has ${late} since ${tunables[late]}` };
}

function schedulerOn(scheduler: SchedulerName, machine: Machine): Availability {
  const { release, listed } = machine;
  const { layer, since, until, module } = schedulerHistory[scheduler];
  const names = (listed ?? '').split(/\s+/).map((name) => name.replace(/[[\]]/g, ''));
  if (listed !== undefined && names.includes(scheduler))
    return { can: true, note: 'the captured queue lists it' };
  if (listed !== undefined && /^\s*none\s*$/.test(listed))
    return { can: false, why: 'the queue takes no scheduler: queue/scheduler says none and nothing else' };
  if (release !== undefined) {
    if (!isSince(release, since)) return { can: false, why: `${scheduler} came with Linux ${since}` };
    if (until !== undefined && isSince(release, until))
      return { can: false, why: `${scheduler} was removed in Linux ${until}` };
    // Enterprise kernels of 4.18 are without the older layer already.
    if (layer === 'legacy' && (release.enterprise ?? 0) >= 8)
      return { can: false, why: `${scheduler} was removed in el${release.enterprise}` };
  }
  const current = layerOf(machine, names);
  if (current === undefined) return { can: true, note: guessOf(layer, machine) };
  if (current !== layer) return otherLayer(scheduler, layer, machine);
  return {
    can: true,
    note:
      listed === undefined
        ? noteOf(layer, machine)
        : 'the captured queue does not list it: it has to be a module of that kernel',
    ...(listed === undefined || module === undefined ? {} : { module }),
  };
}

/** The layer the device is on, by what its queue lists, its driver and the version; undefined: who knows. */
function layerOf(
  { release, device = '' }: Machine,
  names: readonly string[],
): 'legacy' | 'blk-mq' | undefined {
  if (names.some((name) => ['noop', 'deadline', 'anticipatory', 'cfq'].includes(name))) return 'legacy';
  if (names.some((name) => ['none', 'mq-deadline', 'kyber', 'bfq'].includes(name))) return 'blk-mq';
  if (release === undefined) return undefined;
  if (isSince(release, '5.0') || (release.enterprise ?? 0) >= 8) return 'blk-mq';
  if (!isSince(release, '3.13')) return 'legacy';
  if (/^(?:nvme|vd|nullb|nbd)/.test(device)) return 'blk-mq';
  return /^sd/.test(device) && !isSince(release, '3.17') ? 'legacy' : undefined;
}

/** A device of SCSI or the device mapper can be moved to the other layer when the machine boots; others cannot. */
function otherLayer(scheduler: SchedulerName, layer: 'legacy' | 'blk-mq', machine: Machine): Availability {
  const { release, device = '' } = machine;
  const other = layer === 'legacy' ? 'blk-mq' : 'the older block layer';
  const driver = /^(?:sd|sr)/.test(device) ? 'scsi_mod' : /^dm-/.test(device) ? 'dm_mod' : undefined;
  const from = driver === 'dm_mod' ? '4.1' : '3.17';
  if (driver === undefined || release === undefined || !isSince(release, from) || isSince(release, '5.0'))
    return { can: false, why: `${scheduler} is not for devices on ${other}, as this one is` };
  const boot = `${driver}.use_blk_mq=${layer === 'legacy' ? 0 : 1}`;
  return { can: true, note: `the device is on ${other}: boot with ${boot} first`, boot };
}

function guessOf(layer: 'legacy' | 'blk-mq', { release }: Machine): string {
  if (release !== undefined && layer === 'legacy')
    return `for devices not on blk-mq: SCSI without scsi_mod.use_blk_mq=1${isSince(release, '4.19') ? ', which since 4.19 is the default' : ''}`;
  if (release !== undefined)
    return `for devices on blk-mq: NVMe and virtio, SCSI with scsi_mod.use_blk_mq=1${isSince(release, '4.19') ? ' (the default since 4.19)' : ''}`;
  return layer === 'legacy'
    ? 'only kernels before 5.0 have it, and only for devices not on blk-mq (scsi_mod.use_blk_mq=0)'
    : 'for devices on blk-mq, which since 5.0 are all';
}

function noteOf(layer: 'legacy' | 'blk-mq', { release }: Machine): string {
  return layer === 'legacy'
    ? `Linux ${release?.text} has it`
    : `Linux ${release?.text}: every such device is on blk-mq`;
}
