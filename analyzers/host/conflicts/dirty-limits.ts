import { settingsRead } from '../../derived/settings.ts';
import type { Conflict, ConflictRule } from './conflict.ts';

const VM = '/proc/sys/vm/';

/**
 * dirty_bytes or dirty_ratio: the one that is not 0 is in force, writing one clears the other
 * (mm/page-writeback.c, dirty_ratio_handler). A background limit at or above the limit is halved by the kernel.
 */
export const dirtyLimits: ConflictRule = {
  about: 'limits of dirty memory by ratio and by bytes',
  knows: (context) =>
    ['dirty_ratio', 'dirty_bytes', 'dirty_background_ratio', 'dirty_background_bytes'].every((name) =>
      context.derive(settingsRead).has(VM + name),
    ),
  find(context) {
    const value = (name: string): number => Number(context.derive(settingsRead).get(VM + name));
    const [bytes, ratio] = [value('dirty_bytes'), value('dirty_ratio')];
    const [backBytes, backRatio] = [value('dirty_background_bytes'), value('dirty_background_ratio')];
    if ([bytes, ratio, backBytes, backRatio].some((each) => !(each >= 0))) return [];
    const formula = `dirty_bytes = ${bytes}, dirty_ratio = ${ratio}, dirty_background_bytes = ${backBytes}, dirty_background_ratio = ${backRatio}`;
    const found: Conflict[] = [];
    const why = 'read from the files themselves';
    if (bytes > 0 && ratio > 0)
      found.push({
        id: 'dirty-both',
        severity: 'warning',
        claim: `dirty_bytes (${bytes}) and dirty_ratio (${ratio}) are both set: only the one written last is in force`,
        formula,
        why: 'the kernel clears one when the other is written: two configuration files set both',
        actions: [],
        caveats: [
          'a running kernel shows one of them as 0: these were not read at one moment, or from a configuration',
        ],
      });
    if (bytes > 0 && backBytes === 0 && backRatio > 0)
      found.push({
        id: 'dirty-mixed',
        severity: 'warning',
        claim: `The limit of dirty memory is ${bytes} bytes while writing back starts at ${backRatio} % of memory: the background limit is above it, and the kernel halves it`,
        formula,
        why,
        actions: [
          {
            text: 'Give the background limit in bytes too, well below the limit',
            run: `sudo sysctl vm.dirty_background_bytes=${Math.floor(bytes / 2)}`,
            undo: `sudo sysctl vm.dirty_background_ratio=${backRatio}`,
            verify: 'grep -E "^nr_dirty(_background)?_threshold|^nr_dirty " /proc/vmstat',
            persist: `echo vm.dirty_background_bytes=${Math.floor(bytes / 2)} | sudo tee /etc/sysctl.d/60-dirty.conf`,
            risk: 'low',
            setting: { path: `${VM}dirty_background_bytes`, value: String(Math.floor(bytes / 2)), was: '0' },
          },
        ],
        caveats: [
          'on a host with so little memory that the ratio is below the limit in bytes there is no conflict',
        ],
      });
    const above =
      (bytes > 0 && backBytes >= bytes) ||
      (bytes === 0 && backBytes === 0 && ratio > 0 && backRatio >= ratio);
    if (above)
      found.push({
        id: 'dirty-background',
        severity: 'warning',
        claim:
          'Writing back in the background starts at or above the limit at which writers are stopped: the kernel halves it',
        formula,
        why,
        actions: [
          bytes > 0
            ? {
                text: 'Start writing back at half the limit',
                run: `sudo sysctl vm.dirty_background_bytes=${Math.floor(bytes / 2)}`,
                undo: `sudo sysctl vm.dirty_background_bytes=${backBytes}`,
                risk: 'low',
                setting: {
                  path: `${VM}dirty_background_bytes`,
                  value: String(Math.floor(bytes / 2)),
                  was: String(backBytes),
                },
              }
            : {
                text: 'Start writing back at half the limit',
                run: `sudo sysctl vm.dirty_background_ratio=${Math.max(1, Math.floor(ratio / 2))}`,
                undo: `sudo sysctl vm.dirty_background_ratio=${backRatio}`,
                risk: 'low',
                setting: {
                  path: `${VM}dirty_background_ratio`,
                  value: String(Math.max(1, Math.floor(ratio / 2))),
                  was: String(backRatio),
                },
              },
        ],
        caveats: [],
      });
    return found;
  },
};
