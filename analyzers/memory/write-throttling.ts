import { formatCount, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import { heldUp } from '../derived/dirty-pauses.ts';
import { traceSpan } from '../derived/trace-span.ts';

const MOST_ROWS = 50;

/** Who is put to sleep for making pages dirty, and for how long. */
export const writeThrottling = defineAnalyzer({
  id: 'memory/write-throttling',
  question: 'Who is held up for making pages dirty?',
  needs: [
    {
      missing: 'balance_dirty_pages events',
      captureWith:
        'trace-cmd record -C mono -e writeback:balance_dirty_pages -e writeback:writeback_start -e writeback:writeback_written sleep 30 && trace-cmd report > writeback.txt',
      met: ({ tables }) => tables.dirtyPauses.length > 0,
    },
  ],
  metrics: [
    {
      id: 'writeback.throttled',
      unit: 'ns',
      labels: ['comm', 'device'],
      about:
        'Time threads of this name were put to sleep by balance_dirty_pages: the sum of `pause`, which is whole ticks of the kernel.',
    },
    {
      id: 'writeback.throttle.events',
      unit: 'count',
      labels: [],
      about: 'balance_dirty_pages events.',
    },
  ],
  run(context) {
    const groups = context.derive(heldUp);
    const events = groups.reduce((sum, group) => sum + group.events, 0);
    const pauses = groups.reduce((sum, group) => sum + group.pauses, 0);
    const slept = groups.reduce((sum, group) => sum + group.slept, 0);
    const { start, end } = context.derive(traceSpan);
    const worst = groups[0];
    return {
      metrics: [
        ...groups.map(({ comm, device, slept: value, events: n }) => ({
          id: 'writeback.throttled',
          labels: { comm, device },
          value,
          unit: 'ns' as const,
          better: 'lower' as const,
          n,
        })),
        {
          id: 'writeback.throttle.events',
          labels: {},
          value: events,
          unit: 'count',
          better: 'lower',
          n: events,
        },
      ],
      findings:
        worst === undefined
          ? []
          : [
              {
                id: 'memory/write-throttling/held-up',
                severity: slept > 0 ? 'note' : 'ok',
                claim:
                  slept > 0
                    ? `Writers were put to sleep for ${formatValue(slept, 'ns')} in ${formatCount(pauses)} pauses for making pages dirty, ${worst.comm} for ${formatValue(worst.slept, 'ns')} on ${worst.device}`
                    : `No writer was put to sleep for making pages dirty in ${formatCount(events)} checks`,
                share: slept === 0 ? 0 : worst.slept / slept,
                confidence: {
                  n: events,
                  low: 0,
                  high: 1,
                  why: `sleep as planned at each event, of all threads added up, in a trace of ${formatValue(end - start, 'ns')}`,
                  bounds: true,
                },
                evidence: [
                  {
                    label: 'pauses',
                    section: 'memory/write-throttling/table',
                    selection: {},
                    formula: `Σ max(pause, 0) over ${formatCount(events)} events = ${formatValue(slept, 'ns')}`,
                  },
                ],
                actions: [],
                caveats: [
                  'pauses are whole ticks of the kernel; `paused` counts up within one call, so adding it up would count sleep several times',
                ],
              },
            ],
      sections: [
        {
          kind: 'table',
          id: 'memory/write-throttling/table',
          title: 'Threads held up for making pages dirty',
          columns: [
            { name: 'name', unit: 'text' },
            { name: 'device', unit: 'text' },
            { name: 'slept', unit: 'ns' },
            { name: 'longest pause', unit: 'ns' },
            { name: 'pauses', unit: 'count' },
            { name: 'Σ paused', unit: 'ns' },
            { name: 'events', unit: 'count' },
          ],
          rows: groups.slice(0, MOST_ROWS).map((group) => ({
            cells: [
              group.comm,
              group.device,
              group.slept,
              group.longest,
              group.pauses,
              group.paused,
              group.events,
            ],
          })),
          of: groups.length,
        },
      ],
    };
  },
});
