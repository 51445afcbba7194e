import type { Metric } from '../../model/metric.ts';
import { defineAnalyzer } from '../analyzer.ts';
import { eventSummaries } from '../derived/event-summary.ts';
import { traceSpan } from '../derived/trace-span.ts';

const MOST_ROWS = 200;

/** Which events were recorded, and how often. */
export const traceEvents = defineAnalyzer({
  id: 'trace/events',
  question: 'Which events were recorded, how often?',
  needs: [
    {
      missing: 'events',
      captureWith: 'trace-cmd record -e sched -e irq sleep 10 && trace-cmd report -t > trace.txt',
      met: (_, context) => context.derive(eventSummaries).length > 0,
    },
  ],
  metrics: [
    {
      id: 'trace.events',
      unit: 'count',
      labels: ['event'],
      about: 'Events of this name in the trace, as recorded.',
    },
  ],
  run(context) {
    const { duration } = context.derive(traceSpan);
    const events = [...context.derive(eventSummaries)].sort((a, b) => b.samples - a.samples || a.id - b.id);
    return {
      metrics: events.map(
        ({ name, samples }): Metric => ({
          id: 'trace.events',
          labels: { event: name },
          value: samples,
          unit: 'count',
          better: 'neither',
          n: samples,
        }),
      ),
      findings: [],
      sections: [
        {
          kind: 'table',
          id: 'trace/events/table',
          title: 'Events recorded',
          columns: [
            { name: 'event', unit: 'text' },
            { name: 'events', unit: 'count' },
            { name: 'a second', unit: 'hz' },
          ],
          rows: events.slice(0, MOST_ROWS).map(({ name, samples }) => ({
            cells: [name, samples, duration > 0 ? samples / duration : 0],
          })),
          of: events.length,
        },
      ],
    };
  },
});
