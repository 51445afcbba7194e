/** Whose row it is. */
export interface TaskOwner {
  readonly pid: string;
  /** Undefined in a row of the whole process. */
  readonly tid: string | undefined;
  readonly comm: string;
}

/**
 * Reads who a row of pidstat is of. Threads (-t) follow their process and leave its id out; where the row of the
 * process is left out for having nothing to say, the first of its threads names it: `(node)__worker`. `above` is the
 * process of the row above. Undefined when nothing tells the process.
 */
export function readTaskOwner(
  pid: string,
  tid: string | undefined,
  command: string,
  above: string,
): TaskOwner | undefined {
  const isNumber = (text: string): boolean => /^\d+$/.test(text);
  if (tid === undefined || tid === '-')
    return isNumber(pid) ? { pid, tid: undefined, comm: command } : undefined;
  const owner = isNumber(pid) ? pid : above;
  if (!isNumber(tid) || owner === '') return undefined;
  return { pid: owner, tid, comm: command.replace(/^(?:\|__|\(.*?\)__)/, '') };
}
