/** `comm pid/tid`, `comm tid` when the process is not recorded, `comm` when neither is. */
export function threadLabel(comm: string, pid: number, tid: number): string {
  if (tid < 0 && pid < 0) return comm;
  return pid < 0 ? `${comm} ${tid}` : `${comm} ${pid}/${tid}`;
}
