import { expect, it } from 'vitest';
import { hdd } from '../../../analyzers/io/simulator/devices/built-in.ts';
import { predict } from '../../../analyzers/io/simulator/predict.ts';
import { readWorkload } from '../../../analyzers/io/simulator/read-workload.ts';

const workload = (pageCache: unknown): string =>
  JSON.stringify({
    duration: 2e9,
    tasks: [{ name: 'writer', write: true, buffered: true, bytes: 262_144, range: 2 ** 30 }],
    pageCache,
  });

it("takes the machine's dirty pages from the workload", () => {
  const of = (pageCache: unknown): number => {
    const read = readWorkload(workload(pageCache), 'w.json');
    const { tasks, validation } = predict({
      workload: read,
      device: hdd,
      scheduler: 'none',
      settings: {},
      hz: 250,
      seeds: [1],
    });
    expect(validation === undefined).toBe(pageCache !== undefined);
    return tasks[0]?.byteRate.mean ?? Number.NaN;
  };
  // Of 64 MiB a writer is soon as slow as the disk; 2 GiB are not full after two seconds of copying.
  expect(of(undefined)).toBeLessThan(150 * 2 ** 20);
  expect(of({ dirtyLimit: 2 ** 31, dirtyBackground: 2 ** 30, strictLimit: false })).toBeGreaterThan(
    250 * 2 ** 20,
  );
});

it.each([
  [{ dirtyLimit: 2 ** 24 }, 'pageCache.dirtyBackground'],
  [{ dirtyRatio: 20 }, 'pageCache.dirtyRatio: there is no such field'],
  [{ writeEstimates: { bandwidth: 1e8 } }, 'pageCache.writeEstimates.limit'],
])('refuses %j', (pageCache, message) => {
  expect(() => readWorkload(workload(pageCache), 'w.json')).toThrow(message);
});
