import type { Context } from '../../context.ts';
import { coverage } from './coverage.ts';
import type { Intervals, Lives } from './intervals.ts';
import { StateMachine } from './state-machine.ts';
import { switchStacks } from './switch-stacks.ts';

export interface Timeline {
  readonly intervals: Intervals;
  readonly lives: Lives;
  /** Switches used. */
  readonly switches: number;
  /** Switches that must have happened and were not recorded: prev was not the last next on its CPU. */
  readonly lost: number;
  /** Those by which a thread left its CPU: put in where they must have been, into an unknown state. */
  readonly repaired: number;
  /** Threads that ran although nobody was seen waking them. */
  readonly lostWakeups: number;
}

/**
 * What every thread did when, from switches and wake-ups in time order. A switch-out of a thread
 * comes before its wake-up of the same time, and that before the switch to it.
 */
export function timeline(context: Context): Timeline {
  const cover = context.derive(coverage);
  const { switches, wakeups, lifecycle, threads } = context.trace.tables;
  const machine = new StateMachine(context, cover, context.derive(switchStacks));
  const usedBy = usedRows(cover.used, context.trace.imports.length);
  const wanted = cover.wakeups === 'waking' ? 1 : 0;
  const { tid } = threads.columns;
  let wake = 0;
  let life = 0;
  let used = 0;
  const wakeUntil = (time: number, prev: number): void => {
    for (; wake < wakeups.length; wake++) {
      const at = wakeups.columns.time[wake] as number;
      if (at > time) return;
      const wakee = tid[wakeups.columns.wakee[wake] as number] as number;
      if (at === time && wakee === prev) return;
      const kind = wakeups.columns.kind[wake] as number;
      if (kind !== wanted && kind !== 2) continue;
      if (usedBy(wakeups.columns.source[wake] as number, wakeups.columns.cpu[wake] as number))
        machine.wake(wake);
    }
  };
  for (let row = 0; row < switches.length; row++) {
    const source = switches.columns.source[row] as number;
    if (!usedBy(source, switches.columns.cpu[row] as number)) continue;
    const time = switches.columns.time[row] as number;
    for (; life < lifecycle.length && (lifecycle.columns.time[life] as number) < time; life++) {
      if (usedBy(lifecycle.columns.source[life] as number, -1)) machine.lived(life);
    }
    wakeUntil(time, tid[switches.columns.prev[row] as number] as number);
    machine.switch(row);
    used++;
  }
  wakeUntil(Number.POSITIVE_INFINITY, Number.NaN);
  return { ...machine.finish(), switches: used };
}

/** Whether rows of this file and CPU are used; CPU −1 asks for the file. */
function usedRows(
  used: readonly { readonly source: number; readonly cpu: number }[],
  files: number,
): (source: number, cpu: number) => boolean {
  const most = Math.max(0, ...used.map(({ cpu }) => cpu)) + 1;
  const flags = new Uint8Array(files * (most + 1));
  const whole = new Uint8Array(files);
  for (const { source, cpu } of used) {
    flags[source * most + cpu] = 1;
    whole[source] = 1;
  }
  // A CPU that never switched may still send wake-ups; its rows go with its file.
  return (source, cpu) =>
    whole[source] === 1 &&
    (cpu < 0 || cpu >= most || flags[source * most + cpu] === 1 || !used.some((each) => each.cpu === cpu));
}
