// Races vtune against blkparse, btt and perf script at block traces, in one run, on one recording.
//
//   npm run bench:block -- [--seconds 10] [--rounds 3]        (as root: it records)
//
// fio reads from a loop device while perf records the block layer's events. vtune and blkparse's tools
// read the same events: perf's text, blktrace's binary files (written from that text, since blktrace needs
// debugfs), and the text blkparse prints of those. Rounds take turns; ratios are medians of the rounds' ratios.
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeBlktrace } from './blktrace-file.mjs';
import { installed, measure, median } from './measure.mjs';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '10' }, rounds: { type: 'string', default: '3' } },
});
const root = fileURLToPath(new URL('../../', import.meta.url));
const cli = join(root, 'dist/cli/main.js');
const folder = await mkdtemp(join(tmpdir(), 'vtune-bench-'));
const inside = (name) => join(folder, name);

function run(command, ...args) {
  const done = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (done.status !== 0) throw new Error(`${command} ${args[0]} failed: ${done.stderr}`);
  return done.stdout.trim();
}

function save(path, command, ...args) {
  const out = openSync(path, 'w');
  spawnSync(command, args, { stdio: ['ignore', out, 'ignore'] });
  closeSync(out);
}

const events = ['bio_queue', 'getrq', 'rq_insert', 'rq_issue', 'rq_complete', 'bio_backmerge'];

/** fio's random readers on a loop device over a sparse file, recorded; the text perf script prints. */
function record(perf) {
  writeFileSync(inside('disk.img'), '');
  truncateSync(inside('disk.img'), 1 << 28);
  const loop = run('losetup', '-f', '--show', inside('disk.img'));
  try {
    writeFileSync(`/sys/block/${loop.slice(5)}/queue/scheduler`, 'mq-deadline');
    const device = (7 << 20) | Number(loop.slice('/dev/loop'.length));
    const recorded = spawnSync(
      perf,
      [
        ...['record', '-q', '-k', 'CLOCK_MONOTONIC', '-m', '16M', '-a', '-o', inside('perf.data')],
        ...events.flatMap((event) => ['-e', `block:block_${event}`, '--filter', `dev == ${device}`]),
        ...['--', 'fio', '--name=reader', `--filename=${loop}`, '--rw=randread', '--bs=4k', '--direct=1'],
        ...['--ioengine=libaio', '--iodepth=16', '--numjobs=4', '--time_based', '--output=/dev/null'],
        `--runtime=${values.seconds}`,
      ],
      { stdio: 'ignore' },
    );
    if (recorded.status !== 0) throw new Error('perf could not record fio; run as root');
  } finally {
    spawnSync('losetup', ['-d', loop]);
  }
  save(inside('perf.txt'), perf, 'script', '--ns', '-i', inside('perf.data'));
}

try {
  const tools = ['perf', 'fio', 'blkparse', 'btt'].map((name) => installed(name, name.toUpperCase()));
  if (tools.includes(undefined))
    throw new Error('perf, fio and blktrace are needed: apt install linux-perf fio blktrace');
  const [perf, , blkparse, btt] = tools;
  record(perf);
  const { records } = await writeBlktrace(inside('perf.txt'), inside('bt'));
  save(inside('blkparse.txt'), blkparse, '-i', inside('bt'));
  const traces = readdirSync(folder)
    .filter((name) => name.startsWith('bt.blktrace.'))
    .map(inside);
  const lines = (path) => readFileSync(path).reduce((n, byte) => n + (byte === 10 ? 1 : 0), 0);
  const perfEvents = lines(inside('perf.txt'));
  const size = (...paths) => (paths.reduce((sum, path) => sum + statSync(path).size, 0) / 1e6).toFixed(0);
  console.log(
    `${perfEvents} events: ${size(inside('perf.txt'))} MB of perf's text, ${size(inside('blkparse.txt'))} MB of blkparse's, ` +
      `${records} records in ${size(...traces)} MB of blktrace's; ${values.rounds} rounds`,
  );
  const vtune = (...args) => [process.execPath, cli, ...args];
  const read = (jobs, ...paths) => vtune('explain', '-q', '--rows', '0', '--jobs', jobs, ...paths);
  const contestants = [
    ['blkparse (prints the text)', [blkparse, '-q', '-i', inside('bt')]],
    [
      'blkparse -d, then btt',
      [
        'sh',
        '-c',
        `"${blkparse}" -q -i "${inside('bt')}" -d "${inside('bin')}" -O && "${btt}" -i "${inside('bin')}"`,
      ],
    ],
    ['perf script (prints the text)', [perf, 'script', '--ns', '-i', inside('perf.data')]],
    ["vtune: perf's text into tables, 1 worker", read('1', inside('perf.txt'))],
    ["vtune: perf's text into tables, 2 workers", read('2', inside('perf.txt'))],
    ["vtune: blkparse's text into tables, 2 workers", read('2', inside('blkparse.txt'))],
    ["vtune: blktrace's files into tables, 2 workers", read('2', ...traces)],
    [
      "vtune analyze: the whole report of perf's text",
      vtune('analyze', '-q', '-o', inside('r.html'), inside('perf.txt')),
    ],
  ];
  const results = contestants.map(() => []);
  for (let round = 0; round < Number(values.rounds); round++)
    for (const [i, [, command]] of contestants.entries()) results[i].push(await measure(command));
  console.log('| tool | median s | M events/s | peak RSS MB | speed against blkparse |');
  console.log('| --- | --- | --- | --- | --- |');
  for (const [i, [name]] of contestants.entries()) {
    const seconds = median(results[i].map((result) => result.seconds));
    const peak = Math.max(...results[i].map((result) => result.peak)) / 1e6;
    const ratio = median(results[i].map((result, round) => results[0][round].seconds / result.seconds));
    console.log(
      `| ${name} | ${seconds.toFixed(2)} | ${(perfEvents / seconds / 1e6).toFixed(2)} | ${peak.toFixed(0)} | ${ratio.toFixed(2)} × |`,
    );
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
