import type { Section } from '../../model/section.ts';
import type { SharedLine } from '../derived/c2c/lines.ts';

export const LINES = 'memory/false-sharing/lines';
export const ACCESSES = 'memory/false-sharing/accesses';
export const MOST_ROWS = 60;

export function lineTable(lines: readonly SharedLine[]): Section {
  return {
    kind: 'table',
    id: LINES,
    title: 'Lines of cache that cores take from each other',
    note: 'Sampled loads that found the line modified by another core (HITM), or were served by one where the machine does not tell.',
    columns: [
      { name: 'line', unit: 'text' },
      { name: 'sharing', unit: 'text' },
      { name: 'found modified', unit: 'count' },
      { name: 'of all', unit: 'share' },
      { name: 'local', unit: 'count' },
      { name: 'remote', unit: 'count' },
      { name: 'stores', unit: 'count' },
      { name: 'offsets', unit: 'text' },
      { name: 'CPUs', unit: 'count' },
      { name: 'samples', unit: 'count' },
    ],
    rows: lines.slice(0, MOST_ROWS).map((line) => ({
      cells: [
        line.address,
        line.sharing,
        line.taken,
        line.share,
        line.isPeer ? Number.NaN : line.local,
        line.isPeer ? Number.NaN : line.remote,
        line.stores,
        line.offsets.join(' '),
        line.cpus,
        line.records,
      ],
    })),
    of: lines.length,
  };
}

export function accessTable(lines: readonly SharedLine[]): Section {
  const rows = lines.flatMap((line) => line.accesses.map((access) => ({ line, access })));
  return {
    kind: 'table',
    id: ACCESSES,
    title: 'Who touches shared lines of cache, and where in the line',
    note: 'Cycles are means of sampled loads of that sort.',
    columns: [
      { name: 'line', unit: 'text' },
      { name: 'offset', unit: 'text' },
      { name: 'symbol', unit: 'text' },
      { name: 'source', unit: 'text' },
      { name: 'object', unit: 'text' },
      { name: 'remote', unit: 'count' },
      { name: 'local', unit: 'count' },
      { name: 'peer', unit: 'count' },
      { name: 'stores', unit: 'count' },
      { name: 'cycles remote', unit: 'count' },
      { name: 'cycles local', unit: 'count' },
      { name: 'CPUs', unit: 'count' },
      { name: 'nodes', unit: 'text' },
    ],
    rows: rows.slice(0, MOST_ROWS).map(({ line, access }) => ({
      cells: [
        line.address,
        access.offset,
        access.symbol,
        access.source,
        access.object,
        Math.round(access.remoteHitm),
        Math.round(access.localHitm),
        Math.round(access.peer),
        Math.round(access.stores),
        access.remoteCycles,
        access.localCycles,
        access.cpus,
        access.nodes,
      ],
    })),
    of: rows.length,
  };
}
