import { blockOps, deviceNumber, NO_IOPRIO } from '../../../model/io-tables.ts';
import { decodeString } from '../../../model/strings.ts';
import type { Context } from '../../context.ts';
import { memo } from '../memo.ts';
import { cgroupPath } from '../sched/wait-reason.ts';
import { threadLabel } from '../thread-label.ts';
import { requestModel } from './requests.ts';

/** `be,4`, `rt,0`, `idle`, `none`; a class of a newer kernel by its number; `not recorded`. */
export function priorityLabel(ioprio: number): string {
  if (ioprio === NO_IOPRIO) return 'not recorded';
  const level = ioprio & 7;
  switch (ioprio >>> 13) {
    case 0:
      return 'none';
    case 1:
      return `rt,${level}`;
    case 2:
      return `be,${level}`;
    case 3:
      return 'idle';
    default:
      return `0x${(ioprio >>> 13).toString(16)},${level}`;
  }
}

const sizes = [4, 16, 64, 128, 256, 512, 1024];

/** `up to 4 KiB` … `over 1024 KiB`; `no data`. */
export function sizeLabel(bytes: number): string {
  if (bytes === 0) return 'no data';
  const limit = sizes.find((kib) => bytes <= kib * 1024);
  return limit === undefined ? `over ${sizes.at(-1)} KiB` : `up to ${limit} KiB`;
}

/** What requests are told apart by. */
export interface RequestLabels {
  device(row: number): string;
  op(row: number): string;
  comm(row: number): string;
  /** `fio 14083`. */
  thread(row: number): string;
  ioprio(row: number): string;
  size(row: number): string;
  /** Empty = not known. */
  cgroup(row: number): string;
}

export function requestLabels(context: Context): RequestLabels {
  const { strings, tables } = context.trace;
  const { device, op, submitter, ioprio, bytes } = context.derive(requestModel).requests.columns;
  const { comm, tid } = tables.threads.columns;
  const groups = cgroups(context);
  const nameOf = (thread: number): string => decodeString(strings, comm[thread] as number);
  const deviceOf = memo(deviceNumber);
  const commOf = memo((thread) => nameOf(thread) || (thread === 0 ? 'not recorded' : `pid ${tid[thread]}`));
  const threadOf = memo((thread) => threadLabel(nameOf(thread), -1, tid[thread] as number));
  const priorityOf = memo(priorityLabel);
  const sizeOf = memo(sizeLabel);
  return {
    device: (row) => deviceOf(device[row] as number),
    op: (row) => blockOps[op[row] as number] ?? 'other',
    comm: (row) => commOf(submitter[row] as number),
    thread: (row) => threadOf(submitter[row] as number),
    ioprio: (row) => priorityOf(ioprio[row] as number),
    size: (row) => sizeOf(bytes[row] as number),
    cgroup: (row) => groups.get(tid[submitter[row] as number] as number) ?? '',
  };
}

/** Cgroup by thread id, as samples of /proc saw it last. */
function cgroups(context: Context): Map<number, string> {
  const { taskSamples, threads } = context.trace.tables;
  const found = new Map<number, string>();
  const { cgroup, thread } = taskSamples.columns;
  for (let row = 0; row < taskSamples.length; row++) {
    if (cgroup[row] === 0) continue;
    const path = cgroupPath(decodeString(context.trace.strings, cgroup[row] as number));
    if (path !== '') found.set(threads.columns.tid[thread[row] as number] as number, path);
  }
  return found;
}
