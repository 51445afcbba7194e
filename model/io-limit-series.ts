/**
 * Names of series of a control group's block I/O, the same for both versions of cgroups. They are of a group
 * (entity `cgroup`) and one device each: `io write bytes 254:0`.
 */
export const ioDirections = ['read', 'write'] as const;
export type IoDirection = (typeof ioDirections)[number];
export const ioQuantities = ['bytes', 'requests'] as const;
export type IoQuantity = (typeof ioQuantities)[number];

/** Counts what was charged to the group on a device (cumulative; bytes or requests). */
export function chargedSeries(direction: IoDirection, quantity: IoQuantity, device: string): string {
  return `io ${direction} ${quantity} ${device}`;
}

/** The limit in force (gauge; bytes/s or 1/s). */
export function limitSeries(direction: IoDirection, quantity: IoQuantity, device: string): string {
  return `io limit ${direction} ${quantity} ${device}`;
}

/** Limits of this sort a file named at a reading (gauge): 0 says there were none. */
export function limitCountSeries(direction: IoDirection, quantity: IoQuantity): string {
  return `io limits ${direction} ${quantity}`;
}

/** What version 1 counted over all devices; an idle group prints nothing else. */
export const CHARGED_TOTAL = 'io total';
/** Version of the cgroup files the group's counts come from (gauge): 1 or 2. */
export const IO_CGROUP_VERSION = 'io cgroup version';

const chargedName = /^io (read|write) (bytes|requests) (\S+)$/;
const limitName = /^io limit (read|write) (bytes|requests) (\S+)$/;

/** What a series of a group's I/O is of. */
export interface GroupIo {
  readonly direction: IoDirection;
  readonly quantity: IoQuantity;
  readonly device: string;
}

/** What a limit's series is of; undefined for other series. */
export function limitOf(name: string): GroupIo | undefined {
  return groupIo(limitName.exec(name));
}

/** What a series of what was charged is of; undefined for other series. */
export function chargedOf(name: string): GroupIo | undefined {
  return groupIo(chargedName.exec(name));
}

function groupIo(found: RegExpExecArray | null): GroupIo | undefined {
  if (found === null) return undefined;
  return {
    direction: found[1] as IoDirection,
    quantity: found[2] as IoQuantity,
    device: found[3] as string,
  };
}
