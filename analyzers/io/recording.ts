import type { Finding } from '../../model/finding.ts';
import { blockPhases, deviceNumber } from '../../model/io-tables.ts';
import type { Metric } from '../../model/metric.ts';
import type { Section } from '../../model/section.ts';
import { formatCount, formatShare } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { deviceText } from '../derived/io/device-names.ts';
import { type BlockRecording, blockRecordings } from '../derived/io/recordings.ts';
import { requestModel } from '../derived/io/requests.ts';
import { wilsonInterval } from '../stats/wilson.ts';
import { needsBlockEvents, recordBlock } from './needs.ts';

/** Share of requests without a completion from which on figures may be off. */
const MUCH = 0.01;

/** Whether block events can be relied on. */
export const ioRecording = defineAnalyzer({
  id: 'io/recording',
  question: 'Can the block events be relied on?',
  needs: [needsBlockEvents],
  metrics: [
    {
      id: 'io.lost',
      unit: 'count',
      labels: [],
      about: 'Requests whose completion was not recorded: left out everywhere.',
    },
    {
      id: 'io.open',
      unit: 'count',
      labels: [],
      about: 'Requests still on their way when the trace ended: left out too.',
    },
    { id: 'io.stray', unit: 'count', labels: [], about: 'Completions of requests nobody saw issued.' },
  ],
  run(context) {
    const { lost, open, strays, completed } = context.derive(requestModel);
    const n = completed.length + lost + open;
    const metric = (id: string, value: number): Metric => ({
      id: `io.${id}`,
      labels: {},
      value,
      unit: 'count',
      better: 'lower',
      n,
    });
    return {
      metrics: [metric('lost', lost), metric('open', open), metric('stray', strays)],
      findings: [...lossFinding(context), ...asideFinding(context), ...completionsMissing(context)],
      sections: [table(context)],
    };
  },
});

function lossFinding(context: Context): Finding[] {
  const { lost, strays, completed } = context.derive(requestModel);
  const n = completed.length + lost + strays;
  const missing = lost + strays;
  if (missing === 0 || n === 0 || completed.length === 0) return [];
  const share = missing / n;
  return [
    {
      id: 'io/recording/lost',
      severity: share > MUCH ? 'warning' : 'note',
      claim: `${formatCount(missing)} of ${formatCount(n)} requests have no completion or no issue in the trace`,
      share,
      confidence: { n, ...wilsonInterval(share, n), why: 'counted; figures are of the others' },
      evidence: [
        {
          label: 'recordings',
          section: 'io/recording/files',
          selection: {},
          formula: `${formatCount(lost)} lost completions + ${formatCount(strays)} completions without an issue = ${formatShare(share)} of ${formatCount(n)}`,
        },
      ],
      actions: [
        {
          text: 'Record with larger buffers, and only the block events',
          run: `trace-cmd record -b 65536 -e 'block:*' sleep 30`,
          risk: 'none',
        },
      ],
      caveats: [],
    },
  ];
}

function asideFinding(context: Context): Finding[] {
  const { aside } = context.derive(blockRecordings);
  if (aside.length === 0) return [];
  const files = [...new Set(aside.flatMap(({ sources }) => sources.map((file) => fileName(context, file))))];
  return [
    {
      id: 'io/recording/aside',
      severity: 'note',
      claim: `${formatCount(files.length)} file${files.length === 1 ? ' holds' : 's hold'} the same IO over again, or IO on a clock that cannot be brought to the others’, and ${files.length === 1 ? 'is' : 'are'} set aside: ${files.slice(0, 3).join(', ')}`,
      share: 0,
      confidence: {
        n: files.length,
        low: 0,
        high: 0,
        why: 'of each device the recording with most phases is used',
      },
      evidence: [{ label: 'recordings', section: 'io/recording/files', selection: {} }],
      actions: [],
      caveats: [],
    },
  ];
}

function completionsMissing(context: Context): Finding[] {
  const { completed, requests } = context.derive(requestModel);
  if (completed.length > 0) return [];
  return [
    {
      id: 'io/recording/no-requests',
      severity: 'note',
      claim: `No request is seen to complete among ${formatCount(context.trace.tables.blockEvents.length)} block events: not enough to tell latencies`,
      share: 0,
      confidence: {
        n: requests.length - 1,
        low: 0,
        high: 0,
        why: 'block_rq_issue and block_rq_complete are needed',
      },
      evidence: [{ label: 'recordings', section: 'io/recording/files', selection: {} }],
      actions: [{ text: 'Record the events of the block layer together', run: recordBlock, risk: 'none' }],
      caveats: [],
    },
  ];
}

function table(context: Context): Section {
  const { used, aside } = context.derive(blockRecordings);
  const row = (recording: BlockRecording, use: string): { cells: (string | number)[] } => ({
    cells: [
      deviceText(context, deviceNumber(recording.device)),
      recording.sources.map((file) => fileName(context, file)).join(', '),
      use,
      recording.events,
      recording.end - recording.start,
      blockPhases.filter((_, id) => (recording.phases & (1 << id)) !== 0).join(', '),
    ],
  });
  return {
    kind: 'table',
    id: 'io/recording/files',
    title: 'What was recorded of which block device',
    columns: [
      { name: 'device', unit: 'text' },
      { name: 'files', unit: 'text' },
      { name: 'use', unit: 'text' },
      { name: 'events', unit: 'count' },
      { name: 'span', unit: 'ns' },
      { name: 'phases', unit: 'text' },
    ],
    rows: [...used.map((each) => row(each, 'used')), ...aside.map((each) => row(each, 'set aside'))],
    of: used.length + aside.length,
  };
}

function fileName(context: Context, file: number): string {
  return context.trace.imports[file]?.file.replace(/^.*\//, '') ?? '';
}
