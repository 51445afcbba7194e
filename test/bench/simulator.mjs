// How many requests a second the simulator gets through, scheduler by scheduler, in one run.
//
//   npm run bench:simulator -- [--tasks 16] [--requests 400000] [--rounds 5]
//
// Tasks read at random, one at a time each, from a flash drive of many channels: what is timed is the scheduler
// and the block layer around it, not the device. Rounds take turns; a ratio is the median of the rounds' ratios.
import { parseArgs } from 'node:util';
import { ssd } from '../../dist/analyzers/io/simulator/devices/built-in.js';
import { defaultHost } from '../../dist/analyzers/io/simulator/host.js';
import { schedulers } from '../../dist/analyzers/io/simulator/schedulers/index.js';
import { simulate } from '../../dist/analyzers/io/simulator/simulate.js';
import { median } from './measure.mjs';

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '16' },
    requests: { type: 'string', default: '400000' },
    rounds: { type: 'string', default: '5' },
  },
});
const [tasks, requests, rounds] = [Number(values.tasks), Number(values.requests), Number(values.rounds)];
const task = {
  pattern: 'random',
  write: false,
  bytes: 4096,
  offset: 0,
  range: 2 ** 37,
  depth: 1,
  sync: true,
  buffered: false,
  priorityClass: 2,
  priorityLevel: 4,
  thinkTime: 0,
  start: 0,
};
const workload = {
  name: 'random readers',
  duration: 3600e9,
  tasks: Array.from({ length: tasks }, (_, i) => ({
    ...task,
    name: `reader ${i}`,
    operations: Math.ceil(requests / tasks),
  })),
};
const names = ['none', ...Object.keys(schedulers)];

/** Requests a second of one simulated run. */
function speed(scheduler) {
  const started = process.hrtime.bigint();
  const { requests: done } = simulate({ workload, device: ssd, scheduler, host: defaultHost, seed: 1 });
  return done / (Number(process.hrtime.bigint() - started) / 1e9);
}

const measured = Object.fromEntries(names.map((name) => [name, []]));
for (const name of names) speed(name);
for (let round = 0; round < rounds; round++) for (const name of names) measured[name].push(speed(name));
console.log(`${tasks} readers, ${requests} requests, one thread, ${rounds} rounds`);
console.log('scheduler      requests/s (lowest–highest)          against noop');
for (const name of names) {
  const of = measured[name];
  const ratio = median(of.map((value, round) => value / measured.noop[round]));
  const k = (value) => `${Math.round(value / 1e3)} k`;
  const range = `${k(median(of))} (${k(Math.min(...of))}–${k(Math.max(...of))})`;
  console.log(`${name.padEnd(14)} ${range.padEnd(36)} ${ratio.toFixed(2)}×`);
}
