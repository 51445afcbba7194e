// Races vtune against the collapse scripts that are installed, in one run, on one generated input.
//
//   npm run bench -- [--mb 1000] [--rounds 3] [--aslr]
//
// Tools are looked for on the PATH (stackcollapse-perf.pl, inferno-collapse-perf) or taken from
// STACKCOLLAPSE and INFERNO. Rounds take turns, so that a machine that slows down slows all of them;
// the ratio is the median of the rounds' ratios. Peak memory is the kernel's (VmHWM).
import { statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeCapture } from './make-capture.mjs';
import { installed, measure, median } from './measure.mjs';

const { values } = parseArgs({
  options: {
    mb: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
    aslr: { type: 'boolean', default: false },
    capture: { type: 'string', default: 'datasets/real/gcc-compile.perf.txt.gz' },
  },
});
const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'vtune-bench-'));
const input = join(folder, 'perf.txt');

const cli = join(root, 'dist/cli/main.js');
const inferno = installed('inferno-collapse-perf', 'INFERNO');
const perl = installed('stackcollapse-perf.pl', 'STACKCOLLAPSE');
const tools = [
  { name: 'vtune fold --jobs 1', command: [process.execPath, cli, 'fold', '-q', '--jobs', '1', input] },
  { name: 'vtune fold --jobs 2', command: [process.execPath, cli, 'fold', '-q', '--jobs', '2', input] },
  {
    name: 'vtune analyze',
    command: [process.execPath, cli, 'analyze', '-q', input, '-o', join(folder, 'report.html')],
  },
  ...(inferno === undefined
    ? []
    : [1, 2].map((n) => ({
        name: `inferno -n ${n}`,
        command: process.env.INFERNO ? [inferno, String(n), input] : [inferno, '-n', String(n), input],
      }))),
  ...(perl === undefined
    ? []
    : [{ name: 'stackcollapse-perf.pl', command: ['perl', perl, input], once: true }]),
];

try {
  await makeCapture(input, join(root, values.capture), Number(values.mb) * 1e6, values.aslr);
  const megabytes = statSync(input).size / 1e6;
  console.log(
    `${megabytes.toFixed(0)} MB of perf script text from ${values.capture}${values.aslr ? ', every repetition at other addresses' : ''}, ${values.rounds} rounds`,
  );
  const results = tools.map(() => []);
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [i, tool] of tools.entries()) {
      if (tool.once && round > 0) continue;
      results[i].push(await measure(tool.command));
    }
  }
  const base = tools.findIndex(({ name }) => name === 'inferno -n 1');
  console.log('| tool | median s | MB/s | peak RSS MB | speed against inferno -n 1 |');
  console.log('| --- | --- | --- | --- | --- |');
  for (const [i, tool] of tools.entries()) {
    const seconds = median(results[i].map((result) => result.seconds));
    const peak = Math.max(...results[i].map((result) => result.peak)) / 1e6;
    const ratio =
      base < 0
        ? '–'
        : `${median(results[i].map((result, round) => results[base][round].seconds / result.seconds)).toFixed(2)} ×`;
    console.log(
      `| ${tool.name} | ${seconds.toFixed(2)} | ${(megabytes / seconds).toFixed(0)} | ${peak.toFixed(0)} | ${ratio} |`,
    );
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
