import { memorySeries } from '../../model/memory-series.ts';
import { formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { type Rate, rateOf } from '../derived/counters/increase.ts';
import { lastValue, readingsOf } from '../derived/counters/readings.ts';
import { settingsRead } from '../derived/settings.ts';

const PATH = '/proc/sys/vm/swappiness';
/** Heuristics: refaults a second worth a change, how lopsided they must be, and how far to go at once. */
const FEW = 100;
const LOPSIDED = 4;
const STEP = 20;

/** Is the balance between swapping and dropping page cache right? Told by which pages come back. */
export const swappiness = defineAnalyzer({
  id: 'memory/swappiness',
  question: 'Which pages come back after reclaim: swapped ones, or page cache?',
  needs: [
    {
      missing: 'two copies of /proc/vmstat with times, of a kernel that tells refaults apart (5.9 and later)',
      captureWith:
        'for t in 1 2; do d=snap-$t"_"$(cut -d" " -f1 /proc/uptime); mkdir $d; cp /proc/vmstat $d/proc@vmstat; cp /proc/meminfo $d/proc@meminfo; cp /proc/sys/vm/swappiness $d/proc@sys@vm@swappiness; sleep 10; done',
      met: (_, context) => refaults(context, 'anon') !== undefined && refaults(context, 'file') !== undefined,
    },
  ],
  metrics: [
    {
      id: 'memory.refaults',
      unit: '1/s',
      labels: ['of'],
      about:
        'Pages a second that were needed again soon after they were reclaimed: anon (swapped) or file (page cache).',
    },
  ],
  run(context) {
    const rates = { anon: refaults(context, 'anon') as Rate, file: refaults(context, 'file') as Rate };
    return {
      metrics: (['anon', 'file'] as const).map((of) => ({
        id: 'memory.refaults',
        labels: { of },
        value: rates[of].value,
        unit: '1/s',
        better: 'lower',
        n: rates[of].n,
        low: rates[of].low,
        high: rates[of].high,
      })),
      findings: [],
      sections: [
        {
          kind: 'table',
          id: 'memory/swappiness/table',
          title: 'Pages that came back after reclaim',
          note: advice(context, rates.anon, rates.file),
          columns: [
            { name: 'pages', unit: 'text' },
            { name: 'came back', unit: '1/s' },
            { name: 'intervals', unit: 'count' },
          ],
          rows: [
            { cells: ['swapped (anon)', rates.anon.value, rates.anon.n] },
            { cells: ['page cache (file)', rates.file.value, rates.file.n] },
          ],
          of: 2,
        },
      ],
    };
  },
});

function refaults(context: Context, of: 'anon' | 'file'): Rate | undefined {
  return rateOf(readingsOf(context, memorySeries.vmstat(`workingset_refault_${of}`)));
}

function advice(context: Context, anon: Rate, file: Rate): string {
  const text = context.derive(settingsRead).get(PATH) ?? '';
  const now = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  const set = Number.isNaN(now) ? 'vm.swappiness was not read' : `vm.swappiness is ${now}`;
  if (lastValue(readingsOf(context, memorySeries.meminfo('SwapTotal'))) === 0)
    return `There is no swap: swappiness has no effect (${set}).`;
  if (anon.value + file.value < FEW)
    return `Fewer than ${FEW} pages a second came back (a heuristic threshold): no reason to change anything (${set}).`;
  const rates = `${formatValue(anon.value, '1/s')} anon, ${formatValue(file.value, '1/s')} file`;
  if (file.value >= LOPSIDED * anon.value)
    return `Page cache came back far more often than swapped pages (${rates}; ${LOPSIDED}× is a heuristic): a value ${STEP} higher spares the cache; measure again (${set}).`;
  if (anon.value >= LOPSIDED * file.value)
    return `Swapped pages came back far more often than page cache (${rates}; ${LOPSIDED}× is a heuristic): a value ${STEP} lower spares them; measure again (${set}).`;
  return `Both came back (${rates}): memory is short, and swappiness only shifts who waits (${set}).`;
}
