import { expect, it } from 'vitest';
import { createDispatchList } from '../../../analyzers/io/simulator/dispatch-list.ts';
import { createRequests } from '../../../analyzers/io/simulator/requests.ts';
import { requestFromArt, requestToArt, schedulerBench, words } from '../../support/scheduler-bench.ts';

it('serves in order of arrival, whatever direction and sector', () => {
  const bench = schedulerBench('noop');
  bench.submit('R500 W100 R300 S50');
  expect(bench.take(5)).toBe('R500 W100 R300 S50 -');
});

/** Sorts requests into the dispatch list after one that ended at sector `boundary` was taken. */
function dispatched(boundary: number, art: string): string {
  const requests = createRequests(64);
  const list = createDispatchList(requests);
  list.append(requestFromArt(requests, `R${boundary - 8}`, 0));
  list.take();
  for (const word of words(art)) list.sortIn(requestFromArt(requests, word, 0));
  return Array.from({ length: list.length() }, () => requestToArt(requests, list.take())).join(' ');
}

// elv_dispatch_sort(): one way up from the last request taken, then round to the start.
it('the dispatch list goes up from where the head is, then starts again below', () => {
  expect(dispatched(300, 'R500 R100 R400 R200')).toBe('R400 R500 R100 R200');
  expect(dispatched(600, 'R500 R100 R400 R200')).toBe('R100 R200 R400 R500');
});

it('nothing passes a request of the other direction', () => {
  expect(dispatched(8, 'R500 W300 R100 R50')).toBe('R500 W300 R50 R100');
});

it('requests of one sector keep their order', () => {
  expect(dispatched(8, 'R100+16 R100 R50')).toBe('R50 R100+16 R100');
});
