import { taskRate } from '../../model/printed-series.ts';
import type { Section } from '../../model/section.ts';
import type { Context } from '../context.ts';
import { isUsage, processUsages } from '../derived/cpu-time/process-usage.ts';
import { processRates } from '../derived/cpu-time/task-rates.ts';

export const PROCESS_TABLE = 'cpu-time/processes/table';
const MOST_ROWS = 100;

/** What every process used, those with most CPU time first; processes of pidstat without CPU time behind them. */
export function processTable(context: Context): Section[] {
  const used = new Map(
    context
      .derive(processUsages)
      .filter(isUsage)
      .map((usage) => [usage.pid, usage] as const),
  );
  const rates = new Map(context.derive(processRates).map((each) => [each.name, each] as const));
  const rows = [...new Set([...used.keys(), ...rates.keys()])]
    .map((pid) => {
      const [usage, own] = [used.get(pid), rates.get(pid)];
      const mean = (rate: string): number => own?.mean.get(rate) ?? Number.NaN;
      return {
        cpus: usage?.cpus ?? 0,
        moved: (own?.mean.get(taskRate.read) ?? 0) + (own?.mean.get(taskRate.written) ?? 0),
        cells: [
          `${usage?.comm ?? own?.comm ?? ''} ${pid}`.trim(),
          usage?.cpus ?? Number.NaN,
          own?.most.get(taskRate.cpu) ?? Number.NaN,
          mean(taskRate.wait),
          own?.most.get(taskRate.resident) ?? Number.NaN,
          mean(taskRate.majorFaults),
          mean(taskRate.read),
          mean(taskRate.written),
          mean(taskRate.voluntary),
          mean(taskRate.involuntary),
        ],
      };
    })
    .sort((a, b) => b.cpus - a.cpus || b.moved - a.moved);
  if (rows.length === 0) return [];
  return [
    {
      kind: 'table',
      id: PROCESS_TABLE,
      title: 'What processes used',
      note: '100 % = one CPU. Waiting for a CPU and switches are of the main thread alone: pidstat reads them so. Means over all readings, one without a row for the process counts as 0.',
      columns: [
        { name: 'process', unit: 'text' },
        { name: 'CPU', unit: 'share' },
        { name: 'most in a reading', unit: 'share' },
        { name: 'waited for a CPU', unit: 'share' },
        { name: 'resident at most', unit: 'bytes' },
        { name: 'major faults', unit: '1/s' },
        { name: 'read', unit: 'bytes/s' },
        { name: 'written', unit: 'bytes/s' },
        { name: 'switches, voluntary', unit: '1/s' },
        { name: 'involuntary', unit: '1/s' },
      ],
      rows: rows.slice(0, MOST_ROWS).map(({ cells }) => ({ cells })),
      of: rows.length,
    },
  ];
}
