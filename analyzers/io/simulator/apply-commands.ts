import { Problem } from '../../../model/problem.ts';
import type { ApplyCommands, SchedulerName } from '../../../model/simulation.ts';

const legacy: readonly SchedulerName[] = ['noop', 'deadline', 'anticipatory', 'cfq'];

/**
 * Commands to choose a scheduler and its tunables for one block device, to undo it in the same shell, and a udev
 * rule. Choosing the scheduler that is already there keeps its tunables, so these are saved after the choice and
 * restored before the old scheduler is. Source: block/elevator.c, elv_iosched_store(); udev(7).
 */
export function applyCommands(
  scheduler: SchedulerName,
  settings: Readonly<Record<string, number>>,
  device: string,
): ApplyCommands {
  if (!/^[a-z0-9][a-z0-9_.-]*$/i.test(device)) {
    throw new Problem({
      code: 'usage',
      message: `--target-device ${device}: expected a name from /sys/block, as sda or nvme0n1`,
      hint: 'lsblk -d lists them',
    });
  }
  const queue = `/sys/block/${device}/queue`;
  const tunables = Object.entries(settings);
  const set = (value: string, file: string): string => `echo ${value} | sudo tee ${queue}/${file}`;
  const isLegacy = legacy.includes(scheduler);
  const attributes = tunables.map(([name, value]) => `, ATTR{queue/iosched/${name}}="${value}"`).join('');
  return {
    kernel: isLegacy ? 'legacy' : 'blk-mq',
    show: `cat ${queue}/scheduler`,
    apply: [
      // A kernel with nothing to choose from prints the name without brackets.
      `old_scheduler=$(sed 's/.*\\[\\(.*\\)\\].*/\\1/' ${queue}/scheduler)`,
      set(scheduler, 'scheduler'),
      ...tunables.map(([name]) => `old_${name}=$(cat ${queue}/iosched/${name})`),
      ...tunables.map(([name, value]) => set(String(value), `iosched/${name}`)),
    ],
    undo: [
      ...tunables.map(([name]) => set(`"$old_${name}"`, `iosched/${name}`)),
      set('"$old_scheduler"', 'scheduler'),
    ],
    persist: `ACTION=="add|change", SUBSYSTEM=="block", KERNEL=="${device}", ATTR{queue/scheduler}="${scheduler}"${attributes}`,
    note: isLegacy ? noteOf[scheduler === 'anticipatory' ? 'anticipatory' : 'legacy'] : noteOf['blk-mq'],
  };
}

const noteOf = {
  anticipatory: 'only kernels before 2.6.33 have it',
  legacy: 'only kernels before 5.0 have it, and only for devices not on blk-mq (scsi_mod.use_blk_mq=0)',
  'blk-mq': 'for devices on blk-mq, which since 5.0 are all',
} as const;
