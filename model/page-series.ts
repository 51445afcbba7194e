/**
 * Names of what is measured of merged pages (KSM), huge pages and memory nodes. Importers file values under
 * them, the kernel's own keys behind a word that tells whose they are; analyzers look them up.
 */

/** `ksm pages_sharing` of the host, `ksm ksm_rmap_items` of a process. Pages are of the base size. */
export const ksm = (key: string): string => `ksm ${key}`;
/** The same as `ksm ksm_merging_pages`, from the file of its own that older kernels have. */
export const KSM_MERGING_FILE = 'ksm_merging_pages';
/** Sums over the mappings of a process, bytes: `smaps Rss`. */
export const smaps = (key: string): string => `smaps ${key}`;
/** Bytes a process mapped that may be huge pages by alignment, size and setting (`THPeligible: 1`). */
export const SMAPS_ELIGIBLE = 'smaps eligible';
/** `thp 2048kB anon_fault_alloc`: events of one size of huge page. */
export const hugePageStat = (size: string, key: string): string => `thp ${size} ${key}`;
export const hugePageStatName = /^thp (\d+kB) (\w+)$/;
/** What khugepaged did: passes and collapsed huge pages. */
export const khugepaged = (key: string): string => `khugepaged ${key}`;

/** Entity `node`, named by its number. */
export const NODE = 'node';
/** Pages allocated, as numastat counts them (Documentation/admin-guide/numastat.rst): `numastat numa_hit`. */
export const numastat = (key: string): string => `numastat ${key}`;
/** The same in bytes, rounded to a hundredth of a MiB or to a whole one: what numastat -n prints. */
export const numastatBytes = (key: string): string => `numastat bytes ${key}`;
/** Bytes of a process on one node by what numastat -p calls them, `Heap`; `Total` where it gives no more. */
export const numastatProcess = (node: string, what: string): string => `numastat process N${node} ${what}`;
export const numastatProcessName = /^numastat process N(\d+) (.+)$/;
/** Memory of a control group on one node: `memory.numa_stat anon N0`. */
export const groupOnNode = (key: string, node: string): string => `memory.numa_stat ${key} N${node}`;
export const groupOnNodeName = /^memory\.numa_stat (\w+) N(\d+)$/;
/** Free blocks of one order in one zone: `buddyinfo Normal 9`. */
export const buddyinfo = (zone: string, order: number): string => `buddyinfo ${zone} ${order}`;
export const buddyinfoName = /^buddyinfo (\S+) (\d+)$/;
/** Bytes of one mapping on one node under one policy: `numa_maps N0 bind:1`; a reading for each mapping. */
export const numaMaps = (node: string, policy: string): string => `numa_maps N${node} ${policy}`;
export const numaMapsName = /^numa_maps N(\d+) (.+)$/;

/** /proc/vmstat and /proc/meminfo of the host. */
export const vmstat = (key: string): string => `vmstat ${key}`;
export const meminfo = (key: string): string => `meminfo ${key}`;

/** What ksmtuned logged of the host: `ksmtuned committed`. Bytes for memory, pages for the pages of a scan, 1 or 0 for on. */
export const ksmtuned = (
  key: 'total' | 'threshold' | 'committed' | 'free' | 'on' | 'pages' | 'sleep',
): string => `ksmtuned ${key}`;
