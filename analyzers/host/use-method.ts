import type { TableSection } from '../../model/section.ts';
import { formatShare } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { cpuUse } from './use/cpu.ts';
import { diskUse } from './use/disk.ts';
import { memoryUse } from './use/memory.ts';
import { networkUse } from './use/network.ts';
import type { Measured, ReadResource, ResourceUse } from './use/resource.ts';

/** To add a kind of resource: a file, and its name here. */
const kinds: readonly ReadResource[] = [cpuUse, memoryUse, diskUse, networkUse];
const SECTION = 'host/use/table';
/** Id of the finding that sums the host up. */
export const BUSIEST = 'host/use/busiest';

/**
 * The USE method (Gregg, 2012): utilisation, saturation and errors of every resource. A cell that was not measured
 * stays empty, and says how to fill it.
 */
export const useMethod = defineAnalyzer({
  id: 'host/use',
  question: 'How used, how saturated, how faulty: CPU, memory, disks, network?',
  needs: [
    {
      missing: 'copies of /proc/stat, /proc/meminfo, /proc/net/dev or /proc/pressure, or readings of iostat',
      captureWith:
        'for f in stat meminfo vmstat net/dev pressure/cpu pressure/memory pressure/io; do cp /proc/$f before@proc@$(echo $f | tr / @); done; sleep 30   # then again as after@…',
      met: (_, context) => context.derive(allUses).some(isMeasured),
    },
  ],
  metrics: [
    {
      id: 'host.use.utilisation',
      unit: 'share',
      labels: ['resource'],
      about:
        'Utilisation as the USE method has it: CPU time not idle, memory not available, time disks had a request in flight, bytes against the speed of the link.',
    },
  ],
  run(context) {
    const uses = context.derive(allUses);
    const measured = uses.flatMap((use) =>
      use.share === undefined
        ? []
        : [{ resource: use.resource, share: use.share, n: use.utilisation?.n ?? 0 }],
    );
    const busiest = [...measured].sort((a, b) => b.share - a.share)[0];
    const empty = uses.reduce((sum, { gaps }) => sum + gaps.length, 0);
    return {
      metrics: measured.map(({ resource, share, n }) => ({
        id: 'host.use.utilisation',
        labels: { resource },
        value: share,
        unit: 'share',
        better: 'neither',
        n,
      })),
      findings:
        busiest === undefined
          ? []
          : [
              {
                id: BUSIEST,
                severity: 'ok',
                claim: `Of the resources measured, ${busiest.resource} is used most: ${formatShare(Math.min(1, busiest.share))}`,
                share: 0,
                confidence: {
                  n: busiest.n,
                  low: 0,
                  high: 0,
                  why: `${uses.length} resources, ${empty} of ${uses.length * 3} cells of the table not measured`,
                  bounds: true,
                },
                evidence: [{ label: 'utilisation, saturation, errors', section: SECTION, selection: {} }],
                actions: [],
                caveats: [],
              },
            ],
      sections: [table(uses)],
    };
  },
});

function allUses(context: Context): readonly ResourceUse[] {
  return kinds.flatMap((read) => read(context));
}

function isMeasured({ utilisation, saturation, errors }: ResourceUse): boolean {
  return utilisation !== undefined || saturation !== undefined || errors !== undefined;
}

function table(uses: readonly ResourceUse[]): TableSection {
  const cell = (measured: Measured | undefined): string =>
    measured === undefined ? '' : `${measured.text} (n = ${measured.n})`;
  return {
    kind: 'table',
    id: SECTION,
    title: 'Utilisation, saturation, errors: an empty cell was not measured',
    columns: ['resource', 'utilisation', 'saturation', 'errors', 'to fill the empty cells'].map((name) => ({
      name,
      unit: 'text',
    })),
    rows: uses.map((use) => ({
      cells: [
        use.resource,
        cell(use.utilisation),
        cell(use.saturation),
        cell(use.errors),
        [...new Set(use.gaps.map(({ captureWith }) => captureWith))].join('; '),
      ],
    })),
    of: uses.length,
  };
}
