/** Directory of a snapshot: `snap-003_1795209173.3_5811.8/`, wall clock and monotonic seconds, or `snap-003_31.66/`, monotonic alone. */
const snapshot = /snap-\d+_(\d+(?:\.\d+)?)(?:_(\d+(?:\.\d+)?))?(?:\/|!)/;

/** When a file was copied, from the directory of the snapshot it is in: ns since boot, seconds since 1970 where it says. */
export function snapshotTime(
  name: string,
): { readonly mono: number; readonly realtime: number | undefined } | undefined {
  const found = snapshot.exec(name);
  if (found === null) return undefined;
  const [, first, second] = found;
  if (second === undefined) return { mono: Number(first) * 1e9, realtime: undefined };
  return { mono: Number(second) * 1e9, realtime: Number(first) };
}
