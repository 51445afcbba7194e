import { decodeString } from '../../model/strings.ts';
import type { Context } from '../context.ts';

/** How long threads called alike were held up for making pages of one device dirty. */
export interface HeldUp {
  readonly comm: string;
  /** `254:0`. */
  readonly device: string;
  /** Events; those in which it was put to sleep. */
  events: number;
  pauses: number;
  /** ns of sleep, as planned at each event. */
  slept: number;
  /** Sum of `paused`, ns: sleep before the event in the same call, which counts up when a call sleeps more than once. */
  paused: number;
  longest: number;
}

/** From balance_dirty_pages, those held up longest first. */
export function heldUp({ trace }: Context): readonly HeldUp[] {
  const { dirtyPauses, threads } = trace.tables;
  const { thread, device, pause, paused } = dirtyPauses.columns;
  const groups = new Map<number, HeldUp>();
  for (let row = 0; row < dirtyPauses.length; row++) {
    const comm = threads.columns.comm[thread[row] as number] as number;
    const key = comm * 2 ** 26 + (device[row] as number);
    let group = groups.get(key);
    if (group === undefined) {
      group = {
        comm: decodeString(trace.strings, comm),
        device: decodeString(trace.strings, device[row] as number),
        events: 0,
        pauses: 0,
        slept: 0,
        paused: 0,
        longest: 0,
      };
      groups.set(key, group);
    }
    // A pause of nothing or less is a check that let the writer go on.
    const sleeps = Math.max(0, pause[row] as number);
    group.events++;
    if (sleeps > 0) group.pauses++;
    group.slept += sleeps;
    group.paused += paused[row] as number;
    if (sleeps > group.longest) group.longest = sleeps;
  }
  return [...groups.values()].sort((a, b) => b.slept - a.slept || (a.comm < b.comm ? -1 : 1));
}
