import type { Finding } from '../../model/finding.ts';
import type { Metric } from '../../model/metric.ts';
import type { Section } from '../../model/section.ts';
import { formatShare } from '../../model/units.ts';
import { defineAnalyzer, type Need } from '../analyzer.ts';
import { type Agreement, fioAgreement, P99_WITHIN, RATE_WITHIN } from '../derived/io/fio-agreement.ts';
import { fioJobs } from '../derived/io/fio-jobs.ts';
import { wilsonInterval } from '../stats/wilson.ts';
import { needsRequests } from './needs.ts';
import { cellOf } from './wait-tables.ts';

const needsJobs: Need = {
  missing: 'fio’s report beside the block events',
  captureWith: 'fio --output-format=json+ --output=fio.json job.fio',
  met: (_, context) => context.derive(fioJobs).length > 0,
};

/** Whether fio and the block layer measured the same, job by job. */
export const ioAgreement = defineAnalyzer({
  id: 'io/agreement',
  question: 'Do fio’s own figures and the block layer’s agree?',
  needs: [needsRequests, needsJobs],
  metrics: [
    {
      id: 'io.agreement.rate',
      unit: 'share',
      labels: ['job', 'op'],
      about: `Requests a second of the job’s thread, first event → last completion, against fio’s: relative difference, of direct jobs whose thread is known. Within ±${RATE_WITHIN * 100} % they agree.`,
    },
    {
      id: 'io.agreement.p99',
      unit: 'share',
      labels: ['job', 'op'],
      about: `p99 of queue → complete against fio’s completion latency, counted as fio counts (the value with 99 % at or below it; fio rounds it to 1/64): relative difference. Within ±${P99_WITHIN * 100} % they agree.`,
    },
  ],
  run(context) {
    const found = context.derive(fioAgreement);
    return { metrics: found.flatMap(metricsOf), findings: finding(found), sections: [table(found)] };
  },
});

function metricsOf({ job, rows, rateGap, p99Gap }: Agreement): Metric[] {
  const metric = (id: string, value: number): Metric[] =>
    Number.isFinite(value)
      ? [
          {
            id: `io.agreement.${id}`,
            labels: { job: job.job, op: job.op },
            value,
            unit: 'share',
            better: 'neither',
            n: rows.length,
          },
        ]
      : [];
  return [...metric('rate', rateGap), ...metric('p99', p99Gap)];
}

function finding(found: readonly Agreement[]): Finding[] {
  const direct = found.filter(({ state }) => state !== 'buffered');
  if (direct.length === 0) return [];
  const agree = direct.filter(({ state }) => state === 'agrees');
  const share = agree.length / direct.length;
  const [odd] = direct.filter(({ state }) => state !== 'agrees');
  return [
    {
      id: 'io/agreement/jobs',
      severity: odd === undefined ? 'ok' : 'note',
      claim: `fio and the block layer agree for ${agree.length} of ${direct.length} direct jobs, within ${formatShare(RATE_WITHIN)} on rates and ${formatShare(P99_WITHIN)} on p99`,
      share,
      confidence: {
        n: direct.length,
        ...wilsonInterval(share, direct.length),
        why: 'two measurements of the same IOs, job by job',
      },
      evidence: [
        {
          label: 'job by job',
          section: 'io/agreement/jobs',
          selection: {},
          ...(odd === undefined ? {} : { formula: `${odd.job.job}: ${odd.why}` }),
        },
      ],
      actions: [],
      caveats: odd === undefined ? [] : [`${odd.job.job}: ${odd.why}.`],
    },
  ];
}

function table(found: readonly Agreement[]): Section {
  return {
    kind: 'table',
    id: 'io/agreement/jobs',
    title: 'What fio measured beside what the block layer saw of the same job',
    note: 'Gaps are relative to fio. The block layer counts from the queueing of a bio, fio from its submission: what lies between (tag waits inside io_submit, collecting completions, the page cache) is not the same.',
    columns: [
      { name: 'job', unit: 'text' },
      { name: 'operation', unit: 'text' },
      { name: 'thread', unit: 'text' },
      { name: 'matched by', unit: 'text' },
      { name: 'IOs, fio', unit: 'count' },
      { name: 'requests', unit: 'count' },
      { name: 'rate, fio', unit: '1/s' },
      { name: 'rate', unit: '1/s' },
      { name: 'gap', unit: 'share' },
      { name: 'mean, fio', unit: 'ns' },
      { name: 'mean', unit: 'ns' },
      { name: 'p99, fio', unit: 'ns' },
      { name: 'p99', unit: 'ns' },
      { name: 'gap', unit: 'share' },
      { name: 'verdict', unit: 'text' },
      { name: 'why', unit: 'text' },
    ],
    rows: found.map((each) => ({
      cells: [
        each.job.job,
        each.job.op,
        each.tid < 0 ? '' : `fio ${each.tid}`,
        each.how,
        each.job.ios,
        each.rows.length,
        each.job.iops,
        cellOf(each.rate),
        cellOf(each.rateGap),
        cellOf(each.job.mean),
        cellOf(each.mean),
        cellOf(each.job.p99),
        cellOf(each.p99),
        cellOf(each.p99Gap),
        each.state,
        each.why,
      ],
    })),
    of: found.length,
  };
}
