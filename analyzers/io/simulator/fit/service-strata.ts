import type { DiskModel } from '../../../../model/simulation.ts';
import { replayCaptured } from './device-replay.ts';
import { type IssuedRequests, inOrderOfEnds } from './issued-requests.ts';

/** Requests that ask the same of a disk: same direction, about the same size and way for the head. */
interface Stratum {
  readonly rows: Uint32Array;
  /** ns, ascending. */
  readonly measured: Float64Array;
}

/** Fewer make no curve: they are judged together with others. */
const FEWEST = 30;
const LARGE_SECTORS = 128;

/**
 * How far a disk is from captured requests, with services told apart by what they ask: for each kind the root mean
 * square distance between the curves of modelled and measured service times; their mean, over the mean measured
 * service. One curve of all latencies (the demerit) hides a wrong seek curve behind a wrong speed of rotation, as long
 * as the mix of requests stays what it was; under another scheduler it does not.
 */
export function createServiceDistance(issued: IssuedRequests): (model: DiskModel) => number {
  const waits = waitsBefore(issued);
  const measured = issued.latency.map((latency, i) => latency - (waits[i] as number));
  const mean = measured.reduce((sum, each) => sum + each, 0) / measured.length;
  const strata = strataOf(issued).map(
    (rows): Stratum => ({
      rows,
      measured: Float64Array.from(rows, (row) => measured[row] as number).sort(),
    }),
  );
  return (model) => {
    const latencies = replayCaptured(model, issued);
    let sum = 0;
    for (const { rows, measured: of } of strata) {
      const modelled = Float64Array.from(
        rows,
        (row) => (latencies[row] as number) - (waits[row] as number),
      ).sort();
      let squares = 0;
      for (let i = 0; i < of.length; i++) squares += ((modelled[i] as number) - (of[i] as number)) ** 2;
      sum += of.length * Math.sqrt(squares / of.length);
    }
    return sum / issued.issue.length / mean;
  };
}

/** ns each request waited in the device for those before it. */
function waitsBefore({ issue, latency }: IssuedRequests): Float64Array {
  const waits = new Float64Array(issue.length);
  let free = 0;
  for (const i of inOrderOfEnds({ issue, latency })) {
    waits[i] = Math.max(0, free - (issue[i] as number));
    free = Math.max(free, (issue[i] as number) + (latency[i] as number));
  }
  return waits;
}

/** Kinds of at least FEWEST requests: contiguous ones, and thirds of the others by the way of the head. */
function strataOf(issued: IssuedRequests): Uint32Array[] {
  const { sector, sectors, write } = issued;
  const way = new Float64Array(sector.length);
  let head = 0;
  for (const i of inOrderOfEnds(issued)) {
    way[i] = Math.abs((sector[i] as number) - head);
    head = (sector[i] as number) + (sectors[i] as number);
  }
  const moved = way.filter((each) => each > 0).sort();
  const [near = 0, far = 0] = [
    moved[Math.floor(moved.length / 3)],
    moved[Math.floor((2 * moved.length) / 3)],
  ];
  const kinds = new Map<string, number[]>();
  for (let i = 0; i < sector.length; i++) {
    const distance = way[i] as number;
    const reach = distance === 0 ? 'on' : distance < near ? 'near' : distance < far ? 'middle' : 'far';
    const kind = `${write[i]} ${(sectors[i] as number) >= LARGE_SECTORS} ${reach}`;
    const of = kinds.get(kind);
    if (of === undefined) kinds.set(kind, [i]);
    else of.push(i);
  }
  const few = [...kinds.values()].filter(({ length }) => length < FEWEST).flat();
  return [...[...kinds.values()].filter(({ length }) => length >= FEWEST), few]
    .filter(({ length }) => length > 0)
    .map((rows) => Uint32Array.from(rows));
}
