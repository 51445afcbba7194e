/** Directory of a snapshot: `snap-003_1795209173.3_5811.8/`, wall clock and monotonic seconds. */
const snapshot = /snap-\d+_(\d+(?:\.\d+)?)_(\d+(?:\.\d+)?)(?:\/|!)/;

/** When a file was copied, from the directory of the snapshot it is in: ns since boot, seconds since 1970. */
export function snapshotTime(name: string): { readonly mono: number; readonly realtime: number } | undefined {
  const found = snapshot.exec(name);
  return found === null ? undefined : { mono: Number(found[2]) * 1e9, realtime: Number(found[1]) };
}
