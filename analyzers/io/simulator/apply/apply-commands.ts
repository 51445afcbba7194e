import { Problem } from '../../../../model/problem.ts';
import type { ApplyCommands, CapturedQueue, SchedulerName } from '../../../../model/simulation.ts';
import { type Availability, availabilityOf, type Machine } from './availability.ts';
import { schedulerHistory } from './scheduler-history.ts';

/** Commands for the machine, or why there are none. */
export type Choice = { readonly apply: ApplyCommands } | { readonly notOnThisKernel: string };

/**
 * How to choose a scheduler and its tunables for one block device, to undo it, and to keep it (a udev rule), where
 * that can be done on the machine. Throws a Problem when the device cannot be a name in /sys/block.
 */
export function chooseScheduler(
  scheduler: SchedulerName,
  settings: Readonly<Record<string, number>>,
  machine: Machine & { readonly device: string },
  captured?: CapturedQueue,
): Choice {
  requireName(machine.device);
  const availability = availabilityOf(scheduler, settings, machine);
  if (!availability.can) return { notOnThisKernel: availability.why };
  return { apply: applyCommands(scheduler, settings, machine.device, availability, captured) };
}

/**
 * Choosing the scheduler that is already there keeps its tunables, so these are saved after the choice and
 * restored before the old scheduler is. Source: block/elevator.c, elv_iosched_store(); udev(7).
 */
function applyCommands(
  scheduler: SchedulerName,
  settings: Readonly<Record<string, number>>,
  device: string,
  { note, module, boot }: Availability & { readonly can: true },
  captured: CapturedQueue | undefined,
): ApplyCommands {
  // An interactive shell takes ! for its history; udev calls such a device by a slash.
  const queue = device.includes('!') ? `'/sys/block/${device}'/queue` : `/sys/block/${device}/queue`;
  const tunables = Object.entries(settings);
  const set = (value: string, file: string): string => `echo ${value} | sudo tee ${queue}/${file}`;
  const attributes = tunables.map(([name, value]) => `, ATTR{queue/iosched/${name}}="${value}"`).join('');
  // What a capture says is no command: a name that cannot be a scheduler's is not restored.
  const save = captured === undefined || !/^[a-z0-9_-]+$/.test(captured.scheduler);
  return {
    kernel: schedulerHistory[scheduler].layer,
    show: `cat ${queue}/scheduler`,
    ...(boot === undefined ? {} : { boot }),
    apply: [
      ...(module === undefined ? [] : [`sudo modprobe ${module}`]),
      // A kernel with nothing to choose from prints the name without brackets.
      ...(save ? [`old_scheduler=$(sed 's/.*\\[\\(.*\\)\\].*/\\1/' ${queue}/scheduler)`] : []),
      set(scheduler, 'scheduler'),
      ...(save ? tunables.map(([name]) => `old_${name}=$(cat ${queue}/iosched/${name})`) : []),
      ...tunables.map(([name, value]) => set(String(value), `iosched/${name}`)),
    ],
    undo:
      boot !== undefined
        ? [`# boot without ${boot}`]
        : save
          ? [
              ...tunables.map(([name]) => set(`"$old_${name}"`, `iosched/${name}`)),
              set('"$old_scheduler"', 'scheduler'),
            ]
          : restore(scheduler, tunables, captured, set),
    persist: `ACTION=="add|change", SUBSYSTEM=="block", KERNEL=="${device.replaceAll('!', '?')}", ATTR{queue/scheduler}="${scheduler}"${attributes}`,
    note,
  };
}

/** Back to what was captured: whatever happened meanwhile, and in any shell. */
function restore(
  scheduler: SchedulerName,
  tunables: readonly (readonly [string, number])[],
  captured: CapturedQueue,
  set: (value: string, file: string) => string,
): readonly string[] {
  const own = captured.scheduler === scheduler;
  const names = own ? tunables.map(([name]) => name) : captured.changed;
  const known = names.filter((name) => /^-?\d+$/.test(captured.tunables[name] ?? ''));
  return [
    set(captured.scheduler, 'scheduler'),
    ...known.map((name) => set(captured.tunables[name] ?? '', `iosched/${name}`)),
  ];
}

function requireName(device: string): void {
  // The kernel writes ! for the slashes of names like cciss/c0d0.
  if (/^[a-z0-9][a-z0-9_.!-]*$/i.test(device)) return;
  throw new Problem({
    code: 'usage',
    message: `--target-device ${device}: expected a name from /sys/block, as sda or nvme0n1`,
    hint: 'lsblk -d lists them',
  });
}
