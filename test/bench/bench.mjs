// Races vtune against the collapse scripts that are installed, in one run, on one generated input.
//
//   npm run bench -- [--mb 1000] [--rounds 3] [--aslr]
//
// Tools are looked for on the PATH (stackcollapse-perf.pl, inferno-collapse-perf) or taken from
// STACKCOLLAPSE and INFERNO. Rounds take turns, so that a machine that slows down slows all of them;
// the ratio is the median of the rounds' ratios. Peak memory is the kernel's (VmHWM).
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeCapture } from './make-capture.mjs';

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

function installed(name, variable) {
  const path =
    process.env[variable] ??
    spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
  return path === '' ? undefined : path;
}

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

/** Seconds and peak resident bytes of one whole run; its output is read and thrown away. */
function measure(command) {
  return new Promise((resolve, reject) => {
    const started = process.hrtime.bigint();
    const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'ignore'] });
    let peak = 0;
    const watch = setInterval(() => {
      try {
        peak = Math.max(
          peak,
          Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) * 1024,
        );
      } catch {
        // The process has just ended.
      }
    }, 20);
    child.stdout.resume();
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(watch);
      if (code !== 0) reject(new Error(`${command.join(' ')} ended with ${code}`));
      else resolve({ seconds: Number(process.hrtime.bigint() - started) / 1e9, peak });
    });
  });
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

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
