/** What `uname -r` says: `3.10.0-1160.el7.x86_64`. */
export interface KernelRelease {
  readonly text: string;
  /** [3, 10, 0]. */
  readonly version: readonly [number, number, number];
  /** Major release of the enterprise distribution that built it, who take over from later kernels: 7 of el7. */
  readonly enterprise?: number;
}

/** Undefined when the text does not begin with a version. */
export function parseRelease(text: string): KernelRelease | undefined {
  const [, major, minor, patch = '0'] =
    /^(\d{1,3})\.(\d{1,4})(?:\.(\d{1,5}))?(?:[-+._~][\w.+~-]*)?$/.exec(text) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  const enterprise = /\.el(\d+)/.exec(text)?.[1];
  return {
    text,
    version: [Number(major), Number(minor), Number(patch)],
    ...(enterprise === undefined ? {} : { enterprise: Number(enterprise) }),
  };
}

/** Is the release this version or a later one? `since` as in `5.16`, `2.6.33`. */
export function isSince({ version }: KernelRelease, since: string): boolean {
  const wanted = since.split('.').map(Number);
  for (let i = 0; i < 3; i++) {
    const difference = (version[i] as number) - (wanted[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
