// Measures predictions across schedulers: from captures under each, of all, against what fio recorded under those.
// Writes the tables in docs/simulator.md and analyzers/io/simulator/fit/across-errors.ts.
//
//   npm run build && node scripts/cross-schedulers.mjs CAPTURES && npm run build
//
// CAPTURES holds SCHEDULER/WORKLOAD-hdd-d4/ with a block trace, settings.txt and fio.json (one file of fio's json+).
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crossErrors, summariseErrors } from '../dist/analyzers/io/simulator/fit/cross-error.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const schedulers = ['none', 'mq-deadline', 'kyber', 'bfq'];
const workloads = [
  ['w1', 'mixed'],
  ['w3', 'starve'],
];
const SEEDS = 5;

const [captures] = process.argv.slice(2);
if (captures === undefined) {
  process.stderr.write('usage: node scripts/cross-schedulers.mjs CAPTURES\n');
  process.exit(2);
}
const folder = (scheduler, workload) => join(captures, scheduler, `${workload}-hdd-d4`);

function simulated(scheduler, workload) {
  const args = ['simulate', folder(scheduler, workload), '--scheduler', schedulers.join(',')];
  const more = ['--seeds', String(SEEDS), '-q', '--json', '-'];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'dist/cli/main.js'), ...args, ...more],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** What fio measured, job by job, as fio.json in a folder says; lines before its JSON are of fio's log. */
function recordedJobs(folder) {
  const text = readFileSync(join(folder, 'fio.json'), 'utf8');
  const { jobs, 'global options': all = {} } = JSON.parse(text.slice(text.indexOf('{')));
  return jobs.map(({ jobname, read, write, 'job options': own = {} }) => {
    const of = read.total_ios > 0 ? read : write;
    return {
      job: jobname,
      n: of.total_ios,
      byteRate: of.bw_bytes,
      p99: of.clat_ns.percentile?.['99.000000'] ?? Number.NaN,
      buffered: (own.direct ?? all.direct) !== '1',
    };
  });
}

const percent = (share) =>
  Number.isFinite(share)
    ? `${share < 0 ? '−' : '+'}${(Math.abs(share) * 100).toFixed(Math.abs(share) < 0.1 ? 1 : 0)} %`
    : '–';
const size = (share) => `${(share * 100).toFixed(1)} %`;
const list = (errors) => errors.map(({ job, text }) => `${job} ${text}`).join(', ');

const pairs = [];
const replays = [];
for (const [workload, title] of workloads) {
  for (const from of schedulers) {
    const { capture, predictions } = simulated(from, workload);
    const { demerit, replay, tasks } = capture;
    const job = (i) => tasks[i].job ?? (tasks[i].writeBack ? 'write-back' : tasks[i].task);
    replays.push(
      `| ${from}, ${title} | ${size(demerit.read)}, ${size(demerit.write)} | ${list(
        replay.map(({ rate }, i) => ({ job: job(i), text: percent(rate) })),
      )} | ${list(
        replay.flatMap(({ p99 }, i) => (p99 === null ? [] : [{ job: job(i), text: percent(p99) }])),
      )} |`,
    );
    for (const to of schedulers.filter((each) => each !== from)) {
      const prediction = predictions.find(({ scheduler }) => scheduler === to);
      const errors = crossErrors(tasks, prediction, recordedJobs(folder(to, workload)), SEEDS);
      pairs.push({ from, to, title, errors });
    }
    process.stderr.write(`${from} ${title}\n`);
  }
}

const summary = new Map(
  schedulers.map((scheduler) => [
    scheduler,
    summariseErrors(pairs.filter(({ to }) => to === scheduler).flatMap(({ errors }) => errors)),
  ]),
);
const summaryRows = [...summary].map(
  ([scheduler, { rateMean, rateMax, p99Mean, p99Max, n }]) =>
    `| ${scheduler} | ${size(rateMean)}, ${size(rateMax)} | ${size(p99Mean)}, ${size(p99Max)} | ${n} |`,
);
const pairRows = pairs.map(({ from, to, title, errors }) => {
  const text = (key) => list(errors.map((each) => ({ job: each.job, text: percent(each[key]) })));
  return `| ${from} → ${to}, ${title} | ${text('rate')} | ${text('p99')} |`;
});

const doc = join(root, 'docs/simulator.md');
let text = readFileSync(doc, 'utf8');
const put = (name, lines) => {
  const [open, close] = [`<!-- ${name}: scripts/cross-schedulers.mjs -->`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(open), text.indexOf(close)];
  if (from < 0 || to < from) throw new Error(`docs/simulator.md: no ${open} … ${close}`);
  text = `${text.slice(0, from + open.length)}\n${lines.join('\n')}\n${text.slice(to)}`;
};
put('replays', [
  '| capture | demerit: reads, writes | rates | p99 |',
  '| --- | --- | --- | --- |',
  ...replays,
]);
put('across', [
  '| predicted | rate: mean, largest error | p99: mean, largest error | n |',
  '| --- | --- | --- | --- |',
  ...summaryRows,
]);
put('pairs', ['| captured → predicted | rates | p99 |', '| --- | --- | --- |', ...pairRows]);
writeFileSync(doc, text);

const entries = [...summary].map(([scheduler, figures]) => {
  const fields = Object.entries(figures).map(([key, value]) => `${key}: ${Number(value.toFixed(4))}`);
  return `  ${scheduler.includes('-') ? `'${scheduler}'` : scheduler}: { ${fields.join(', ')} },`;
});
writeFileSync(
  join(root, 'analyzers/io/simulator/fit/across-errors.ts'),
  `// Generated by scripts/cross-schedulers.mjs, which measures them.
import type { AcrossErrors, SchedulerName } from '../../../../model/simulation.ts';

/** What was compared. */
export const acrossOf =
  'predictions of each scheduler from captures under three others, against fio’s own figures (a mixed and a starvation workload, Linux 6.18, HZ 250, a loop device in front of a modelled disk, 4 requests at once; mean of seeds 1 to ${SEEDS})';

/** By the scheduler predicted. Errors are |predicted / recorded − 1| over jobs. */
export const acrossErrors: Readonly<Partial<Record<SchedulerName, AcrossErrors>>> = {
${entries.join('\n')}
};
`,
);
