/** A device name that can stand in a command as it is; others become a pattern for all. */
export function commandName(device: string): string {
  return /^[A-Za-z0-9][\w.:-]*$/.test(device) ? device : '*';
}

/** Disks of one sort in one host, by what their driver calls them; undefined for partitions and virtual devices. */
export function diskSet(device: string): string | undefined {
  const letters = /^((?:sd|vd|xvd|hd|dasd))[a-z]+$/.exec(device)?.[1];
  if (letters !== undefined) return letters;
  return /^nvme\d+n\d+$/.test(device) ? 'nvme' : undefined;
}

/** Devices that serve many requests at a time by design (NVM Express base specification: up to 64 K queues). */
export function isParallelByName(device: string): boolean {
  return /^nvme\d+(?:c\d+)?n\d+/.test(device);
}
