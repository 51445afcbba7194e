import type { Entity } from './kernel-file.ts';

/** What a file below /proc/PID is of: the process, or the thread `PID/TID` below its task/. */
export function taskOfPath(path: string): Entity | undefined {
  const [, pid, tid] = /^\/proc\/(\d+)\/(?:task\/(\d+)\/)?[^/]+$/.exec(path) ?? [];
  if (pid === undefined) return undefined;
  return tid === undefined ? { kind: 'process', name: pid } : { kind: 'thread', name: `${pid}/${tid}` };
}

/** The same for files that tell of one thread wherever they are: /proc/PID/sched is of the main thread alone. */
export function threadOfPath(path: string): Entity | undefined {
  const task = taskOfPath(path);
  return task?.kind === 'process' ? { kind: 'thread', name: `${task.name}/${task.name}` } : task;
}
