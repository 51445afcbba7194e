/** Series of perf c2c. Of a line of cache (entity `CACHE_LINE`, named by its address): samples. */
export const CACHE_LINE = 'cache line';
export const cacheLine = {
  /** Loads that hit a line another core had modified: in all, of the same node, of another. */
  hitm: 'hitm',
  localHitm: 'hitm local',
  remoteHitm: 'hitm remote',
  /** Loads served by another core, where the machine does not tell modified lines (Arm). */
  peer: 'peer snoops',
  records: 'records',
  loads: 'loads',
  stores: 'stores',
} as const;

/** Of one place in the code that touches a line at one offset (entity `CACHE_LINE_ACCESS`, named by `accessName`). */
export const CACHE_LINE_ACCESS = 'cache line access';
export const cacheLineAccess = {
  localHitm: 'access hitm local',
  remoteHitm: 'access hitm remote',
  peer: 'access peer snoops',
  stores: 'access stores',
  records: 'access records',
  /** CPUs it was seen on. */
  cpus: 'access cpus',
  /** Mean cycles of such loads. */
  localCycles: 'access cycles local',
  remoteCycles: 'access cycles remote',
} as const;

/** Line, offset, code address, and thread where the report tells threads apart. */
export function accessName(line: string, offset: string, code: string, thread: string): string {
  return [line, offset, code, thread].filter((part) => part !== '').join(' ');
}

/** Fact that holds symbol, object, source line and nodes of an access, tabs between. */
export const accessPlaceFact = (access: string): string => `c2c ${access}`;

/** Of the whole recording (entity `recorder`): lines too small to be listed are in it. */
export const c2cTotals: Readonly<Record<string, string>> = {
  'Load Local HITM': 'c2c hitm local',
  'Load Remote HITM': 'c2c hitm remote',
  'Load Operations': 'c2c loads',
  'Store Operations': 'c2c stores',
  'Total records': 'c2c records',
};
