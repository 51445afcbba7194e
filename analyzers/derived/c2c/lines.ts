import {
  accessPlaceFact,
  CACHE_LINE,
  CACHE_LINE_ACCESS,
  c2cTotals,
  cacheLine,
  cacheLineAccess,
} from '../../../model/c2c-series.ts';
import { RECORDER } from '../../../model/device-series.ts';
import { decodeString } from '../../../model/strings.ts';
import type { Context } from '../../context.ts';
import { entitiesOf, lastValue, readingsOf } from '../counters/readings.ts';

/** One place in the code that touches a line at one offset; counts are samples. */
export interface CacheLineAccess {
  readonly offset: string;
  readonly localHitm: number;
  readonly remoteHitm: number;
  readonly peer: number;
  readonly stores: number;
  readonly records: number;
  readonly cpus: number;
  /** Mean cycles; 0 = none. */
  readonly localCycles: number;
  readonly remoteCycles: number;
  readonly symbol: string;
  readonly object: string;
  readonly source: string;
  readonly nodes: string;
}

/** One line of cache that cores took from each other. */
export interface SharedLine {
  readonly address: string;
  /** Loads that found it modified elsewhere; on machines that do not tell, loads another core served. */
  readonly taken: number;
  readonly local: number;
  readonly remote: number;
  readonly isPeer: boolean;
  /** Part of all such loads of the recording, listed or not. */
  readonly share: number;
  readonly records: number;
  readonly stores: number;
  readonly accesses: readonly CacheLineAccess[];
  /** Distinct offsets at which it was loaded in vain or stored to. */
  readonly offsets: readonly string[];
  /** Most CPUs one place was seen on. */
  readonly cpus: number;
  /** Loads in vain at offsets nobody stores to: theirs is false sharing for certain. */
  readonly unwritten: number;
  /**
   * `false`: several offsets. `true`: one. `adjacent`: one, nobody was seen storing to the line, and the other line of
   * the same 128 bytes is stored to: machines fetch both. `unknown`: who touches it is not in the report.
   */
  readonly sharing: 'false' | 'true' | 'adjacent' | 'unknown';
}

/** Lines by loads in vain, most first. */
export function sharedLines(context: Context): readonly SharedLine[] {
  const accesses = context.derive(accessesByLine);
  const addresses = new Set([...entitiesOf(context, CACHE_LINE), ...accesses.keys()]);
  const lines = [...addresses].map((address) => lineOf(context, address, accesses.get(address) ?? []));
  const total = (name: string): number => lastValue(readingsOf(context, c2cTotals[name] ?? '', RECORDER));
  const told = total('Load Local HITM') + total('Load Remote HITM');
  const listed = lines.reduce((sum, { taken }) => sum + taken, 0);
  const all = lines.some(({ isPeer }) => isPeer) || !(told >= listed) ? listed : told;
  const written = new Set(lines.filter(({ stores }) => stores > 0).map((line) => line.address));
  return lines
    .map((line) => ({
      ...line,
      share: all > 0 ? line.taken / all : 0,
      sharing:
        line.sharing === 'true' && line.stores === 0 && written.has(neighbourOf(line.address))
          ? ('adjacent' as const)
          : line.sharing,
    }))
    .sort((a, b) => b.taken - a.taken);
}

/** The other line of 64 bytes of the same 128, whose fetching goes along on many machines. */
export function neighbourOf(address: string): string {
  return `0x${(BigInt(address) ^ 64n).toString(16)}`;
}

function lineOf(context: Context, address: string, accesses: readonly CacheLineAccess[]): SharedLine {
  const count = (name: string): number => lastValue(readingsOf(context, name, CACHE_LINE, address)) || 0;
  const sum = (of: (access: CacheLineAccess) => number): number =>
    Math.round(accesses.reduce((total, access) => total + of(access), 0));
  const local = count(cacheLine.localHitm) || sum(({ localHitm }) => localHitm);
  const remote = count(cacheLine.remoteHitm) || sum(({ remoteHitm }) => remoteHitm);
  const hitm = count(cacheLine.hitm) || local + remote;
  const peer = count(cacheLine.peer) || sum((access) => access.peer);
  const isPeer = hitm === 0 && peer > 0;
  const inVain = (access: CacheLineAccess): number =>
    isPeer ? access.peer : access.localHitm + access.remoteHitm;
  const active = accesses.filter((access) => inVain(access) > 0 || access.stores > 0);
  const offsets = [...new Set(active.map(({ offset }) => offset))];
  const written = new Set(active.filter(({ stores }) => stores > 0).map(({ offset }) => offset));
  return {
    address,
    taken: isPeer ? peer : hitm,
    local,
    remote,
    isPeer,
    share: 0,
    records: count(cacheLine.records) || sum(({ records }) => records),
    stores: count(cacheLine.stores) || sum(({ stores }) => stores),
    accesses: [...active].sort((a, b) => inVain(b) + b.stores - inVain(a) - a.stores),
    offsets,
    cpus: accesses.reduce((most, { cpus }) => Math.max(most, cpus), 0),
    unwritten:
      written.size === 0
        ? 0
        : active
            .filter(({ offset }) => !written.has(offset))
            .reduce((total, access) => total + inVain(access), 0),
    sharing: active.length === 0 ? 'unknown' : offsets.length > 1 ? 'false' : 'true',
  };
}

function accessesByLine(context: Context): ReadonlyMap<string, readonly CacheLineAccess[]> {
  const places = context.derive(placesOfAccesses);
  const found = new Map<string, CacheLineAccess[]>();
  for (const name of entitiesOf(context, CACHE_LINE_ACCESS)) {
    const [line = '', offset = ''] = name.split(' ');
    const read = (series: string): number =>
      lastValue(readingsOf(context, series, CACHE_LINE_ACCESS, name)) || 0;
    const [symbol = '', object = '', source = '', nodes = ''] = (places.get(name) ?? '').split('\t');
    const own = found.get(line) ?? [];
    found.set(line, own);
    own.push({
      offset,
      localHitm: read(cacheLineAccess.localHitm),
      remoteHitm: read(cacheLineAccess.remoteHitm),
      peer: read(cacheLineAccess.peer),
      stores: read(cacheLineAccess.stores),
      records: read(cacheLineAccess.records),
      cpus: read(cacheLineAccess.cpus),
      localCycles: read(cacheLineAccess.localCycles),
      remoteCycles: read(cacheLineAccess.remoteCycles),
      symbol,
      object,
      source,
      nodes,
    });
  }
  return found;
}

function placesOfAccesses({ trace }: Context): ReadonlyMap<string, string> {
  const prefix = accessPlaceFact('');
  const { key, value } = trace.tables.facts.columns;
  const found = new Map<string, string>();
  for (let row = 0; row < trace.tables.facts.length; row++) {
    const name = decodeString(trace.strings, key[row] as number);
    if (name.startsWith(prefix))
      found.set(name.slice(prefix.length), decodeString(trace.strings, value[row] as number));
  }
  return found;
}
