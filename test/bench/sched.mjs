// Races vtune against perf and trace-cmd at scheduler traces, in one run, on one recording.
//
//   npm run bench:sched -- [--loops 350000] [--rounds 3]        (as root: it records)
//
// perf records a pipe ping-pong; vtune reads the text perf script prints of it, the others their own
// binary file. TRACE_DAT names a trace.dat for trace-cmd report and vtune to read, when trace-cmd
// cannot record here. Rounds take turns; ratios are medians of the rounds' ratios.
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installed, measure, median } from './measure.mjs';

const { values } = parseArgs({
  options: { loops: { type: 'string', default: '350000' }, rounds: { type: 'string', default: '3' } },
});
const root = fileURLToPath(new URL('../../', import.meta.url));
const cli = join(root, 'dist/cli/main.js');
const folder = await mkdtemp(join(tmpdir(), 'vtune-bench-'));
const [binary, text] = [join(folder, 'perf.data'), join(folder, 'perf.txt')];
const perf = installed('perf', 'PERF');
const traceCmd = installed('trace-cmd', 'TRACE_CMD');
const dat = process.env.TRACE_DAT;

try {
  if (perf === undefined) throw new Error('perf is not installed: apt install linux-perf');
  const events = 'sched:sched_switch,sched:sched_wakeup,sched:sched_wakeup_new';
  const recorded = spawnSync(
    perf,
    [
      'record',
      '-q',
      '-k',
      'CLOCK_MONOTONIC',
      '-m',
      '16M',
      '-e',
      events,
      '-a',
      '-o',
      binary,
      '--',
      perf,
      'bench',
      'sched',
      'pipe',
      '-l',
      values.loops,
    ],
    { stdio: 'ignore' },
  );
  if (recorded.status !== 0) throw new Error('perf could not record; run as root');
  const out = openSync(text, 'w');
  spawnSync(perf, ['script', '--ns', '-i', binary], { stdio: ['ignore', out, 'ignore'] });
  closeSync(out);
  const lines = readFileSync(text).reduce((n, byte) => n + (byte === 10 ? 1 : 0), 0);
  console.log(
    `${lines} events, ${(statSync(text).size / 1e6).toFixed(0)} MB of text, ${values.rounds} rounds`,
  );
  const vtune = (...args) => [process.execPath, cli, ...args];
  const tools = [
    {
      name: 'vtune: read the text into tables, 1 worker',
      command: vtune('explain', '-q', '--rows', '0', '--jobs', '1', text),
      events: lines,
    },
    {
      name: 'vtune: read the text into tables, 2 workers',
      command: vtune('explain', '-q', '--rows', '0', '--jobs', '2', text),
      events: lines,
    },
    {
      name: 'vtune analyze: the whole report',
      command: vtune('analyze', '-q', '-o', join(folder, 'r.html'), text),
      events: lines,
    },
    { name: 'perf script (prints the text)', command: [perf, 'script', '--ns', '-i', binary], events: lines },
    {
      name: 'perf sched timehist (from the binary)',
      command: [perf, 'sched', '-i', binary, 'timehist'],
      events: lines,
    },
    ...(dat === undefined
      ? []
      : [
          { name: 'vtune: read the trace.dat', command: vtune('explain', '-q', '--rows', '0', dat) },
          ...(traceCmd === undefined
            ? []
            : [{ name: 'trace-cmd report', command: [traceCmd, 'report', '-i', dat] }]),
        ]),
  ];
  const results = tools.map(() => []);
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [i, { command }] of tools.entries()) results[i].push(await measure(command));
  }
  const base = tools.findIndex(({ name }) => name.startsWith('perf script'));
  console.log('| tool | median s | M events/s | peak RSS MB | speed against perf script |');
  console.log('| --- | --- | --- | --- | --- |');
  for (const [i, { name, events }] of tools.entries()) {
    const seconds = median(results[i].map((result) => result.seconds));
    const peak = Math.max(...results[i].map((result) => result.peak)) / 1e6;
    const rate = events === undefined ? '–' : (events / seconds / 1e6).toFixed(2);
    const ratio =
      events === undefined
        ? '–'
        : `${median(results[i].map((result, round) => results[base][round].seconds / result.seconds)).toFixed(2)} ×`;
    console.log(`| ${name} | ${seconds.toFixed(2)} | ${rate} | ${peak.toFixed(0)} | ${ratio} |`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
