import type { Action, Finding } from '../../model/finding.ts';
import { formatShare, formatValue } from '../../model/units.ts';
import type { Context } from '../context.ts';
import { heldUp } from '../derived/dirty-pauses.ts';
import { settingsRead } from '../derived/settings.ts';
import { type DirtyPages, inForce } from './writeback.ts';

/** Bytes of dirty pages above which a ratio is better given in bytes: seconds of work for most disks (heuristic). */
const LARGE = 2 ** 32;
/** Time to write everything back above which a crash or a sync hurts (heuristic). */
const SLOW_DRAIN = 30e9;

/** One finding on the thresholds in force. */
export function dirtyFinding(context: Context, pages: DirtyPages): Finding[] {
  const [background, hard] = pages.limits;
  if (background === undefined || hard === undefined || Number.isNaN(pages.most)) return [];
  const share = pages.most / hard.threshold;
  const throttled = share >= 1;
  const flushing = pages.most >= background.threshold;
  const large = !hard.inBytes && hard.threshold >= LARGE && pages.most >= LARGE / 4;
  // Below the background threshold nothing is in a hurry: the rate is not what the disks can do.
  const slow = flushing && pages.drain > SLOW_DRAIN;
  const held = context.derive(heldUp).reduce((sum, { slept }) => sum + slept, 0);
  const state = throttled
    ? 'reached the limit: writers are held up'
    : flushing
      ? 'above the background threshold, below the limit: written back without holding writers up for the limit'
      : 'below both thresholds';
  return [
    {
      id: 'memory/writeback/dirty',
      severity: throttled || slow ? 'warning' : flushing || large ? 'note' : 'ok',
      claim: `Dirty pages were at most ${formatValue(pages.most, 'bytes')} of ${formatValue(hard.threshold, 'bytes')} (${inForce(hard)}), ${formatShare(share)}: ${state}`,
      share: Math.min(1, Number.isFinite(share) ? share : 0),
      confidence: {
        n: pages.n,
        low: 0,
        high: 1,
        why: `${pages.n} copies: a peak between two is not seen`,
        bounds: true,
      },
      evidence: [
        {
          label: 'thresholds and dirty pages',
          section: 'memory/writeback/limits',
          selection: {},
          formula: `max(nr_dirty + nr_writeback) ${formatValue(pages.most, 'bytes')} ÷ nr_dirty_threshold ${formatValue(hard.threshold, 'bytes')} = ${formatShare(share)}; background from ${formatValue(background.threshold, 'bytes')} (${inForce(background)})${
            flushing && Number.isFinite(pages.flush)
              ? `; Δnr_written: ${formatValue(pages.flush, 'bytes/s')}; the last copy's ${formatValue(pages.last, 'bytes')} take ${formatValue(pages.drain, 'ns')}`
              : ''
          }`,
        },
      ],
      actions: throttled && hard.inBytes ? [lift(context)] : large || slow ? [useBytes(context, pages)] : [],
      caveats: [
        ...(hard.knob === undefined
          ? ['which of ratio and bytes is in force was not captured: sysctl -a --pattern vm.dirty']
          : []),
        ...(throttled
          ? [
              'writers are paced from half way between the two thresholds on, and per device: some are held up before the limit',
            ]
          : []),
        ...(held > 0 && !throttled
          ? [
              'writers were held up all the same: a device may have only its part of the limit (max_ratio, strict_limit in /sys/class/bdi)',
            ]
          : []),
        'a low limit keeps latency even at the cost of throughput; which is wanted only a comparison of runs shows',
      ],
      verdict: {
        knob: hard.knob ?? 'vm.dirty_ratio',
        state: 'not enough data',
        mechanism: `threshold ${formatValue(hard.threshold, 'bytes')}, dirty ${formatValue(pages.most, 'bytes')}${held > 0 ? `, writers slept ${formatValue(held, 'ns')}` : ''}`,
        why: 'one run shows the threshold, not what another would do: compare runs',
      },
    },
  ];
}

/** A limit in bytes that holds writers up: to what the ratios make of it. */
function lift(context: Context): Action {
  const was = settings(context);
  return {
    text: 'If throughput matters more than an even latency, let more be dirty, and measure again',
    run: 'sysctl -w vm.dirty_background_ratio=10 vm.dirty_ratio=20',
    undo: `sysctl -w vm.dirty_background_bytes=${was('dirty_background_bytes', '8388608')} vm.dirty_bytes=${was('dirty_bytes', '16777216')}`,
    verify: 'grep -E "nr_dirty(_background)?_threshold" /proc/vmstat',
    persist: 'printf "vm.dirty_background_ratio=10\\nvm.dirty_ratio=20\\n" > /etc/sysctl.d/90-dirty.conf',
    risk: 'low',
    setting: { path: '/proc/sys/vm/dirty_ratio', value: '20', was: was('dirty_ratio', '0') },
  };
}

/** A ratio that is many bytes on a large machine: two seconds of what is written back. */
function useBytes(context: Context, pages: DirtyPages): Action {
  const bytes = Math.min(
    2 ** 30,
    Math.max(64 << 20, 2 ** Math.round(Math.log2(Number.isFinite(pages.flush) ? 2 * pages.flush : 2 ** 28))),
  );
  const was = settings(context);
  return {
    text: `Give the limits in bytes: a ratio of a large memory is more than the disks write in seconds (two seconds of what was written, ${formatValue(bytes, 'bytes')} at most 1 GiB: heuristic)`,
    run: `sysctl -w vm.dirty_background_bytes=${bytes / 2} vm.dirty_bytes=${bytes}`,
    undo: `sysctl -w vm.dirty_background_ratio=${was('dirty_background_ratio', '10')} vm.dirty_ratio=${was('dirty_ratio', '20')}`,
    verify: 'grep -E "nr_dirty(_background)?_threshold" /proc/vmstat',
    persist: `printf "vm.dirty_background_bytes=${bytes / 2}\\nvm.dirty_bytes=${bytes}\\n" > /etc/sysctl.d/90-dirty.conf`,
    risk: 'low',
    setting: { path: '/proc/sys/vm/dirty_bytes', value: String(bytes), was: was('dirty_bytes', '0') },
  };
}

/** Captured values are numbers, or are not used. */
function settings(context: Context): (name: string, otherwise: string) => string {
  const read = context.derive(settingsRead);
  return (name, otherwise) => {
    const text = read.get(`/proc/sys/vm/${name}`);
    return text !== undefined && /^\d+$/.test(text) ? text : otherwise;
  };
}
