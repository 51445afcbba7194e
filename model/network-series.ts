/** Sort of entity of network interfaces; the name is the interface's. */
export const INTERFACE = 'interface';

/** Counts of /proc/net/dev (proc_net_dev(5), net/core/net-procfs.c), received then sent, in the order of its columns. */
export const interfaceCounts = [
  ['received bytes', 'bytes'],
  ['received packets', 'count'],
  ['receive errors', 'count'],
  ['receive drops', 'count'],
  ['receive fifo errors', 'count'],
  ['receive frame errors', 'count'],
  ['received compressed', 'count'],
  ['received multicast', 'count'],
  ['sent bytes', 'bytes'],
  ['sent packets', 'count'],
  ['send errors', 'count'],
  ['send drops', 'count'],
  ['send fifo errors', 'count'],
  ['collisions', 'count'],
  ['carrier losses', 'count'],
  ['sent compressed', 'count'],
] as const;
export type InterfaceCount = (typeof interfaceCounts)[number][0];
