import { describe, expect, it } from 'vitest';
import { analyse } from '../../../analyzers/analyse.ts';
import type { Report } from '../../../model/report.ts';
import type { Importer } from '../../../workers/importers/importer.ts';
import { kernelFilesImporter } from '../../../workers/importers/kernel-files.ts';
import { importRun } from '../../support/import.ts';

const snap = (i: number): string => `snap-00${i}_${1000 + i * 10}.0_${100 + i * 10}.0`;
const file = (name: string, text: string, importer: Importer = kernelFilesImporter) =>
  [importer, Buffer.from(text), name] as const;
const ksmFiles = (i: number, values: Readonly<Record<string, number>>) =>
  Object.entries(values).map(([key, value]) => file(`${snap(i)}/sys@kernel@mm@ksm@${key}`, `${value}\n`));

function report(...files: readonly (readonly [Importer, Uint8Array, string])[]): Report {
  return analyse(importRun(...files), '0');
}
const metric = (of: Report, id: string, labels: Readonly<Record<string, string>> = {}) =>
  of.metrics.find((each) => each.id === id && Object.entries(labels).every(([k, v]) => each.labels[k] === v))
    ?.value;
const finding = (of: Report, id: string) => of.findings.find((each) => each.id === id);

describe('KSM', () => {
  const base = { run: 1, pages_shared: 10, pages_unshared: 100, pages_volatile: 90 };

  it('computes the profit where the kernel does not (before 6.4): 1000 × 4096 − 1200 × 64', () => {
    const found = report(
      ...ksmFiles(0, { ...base, pages_sharing: 1000, full_scans: 5 }),
      ...ksmFiles(1, { ...base, pages_sharing: 1000, full_scans: 9 }),
    );
    expect(metric(found, 'memory.ksm.profit')).toBe(1000 * 4096 - 1200 * 64);
    expect(finding(found, 'memory/ksm/verdict')?.verdict?.state).toBe('better');
  });

  it('trap: a pass under way is not converged, and no loss', () => {
    const found = report(...ksmFiles(0, { ...base, pages_sharing: 0, full_scans: 2, general_profit: -9000 }));
    expect(finding(found, 'memory/ksm/verdict')?.verdict).toMatchObject({
      state: 'inconclusive',
      why: expect.stringContaining('not converged: 2 full scans'),
    });
  });

  it('trap: merging that still grows is not judged', () => {
    const found = report(
      ...ksmFiles(0, { ...base, pages_sharing: 500, full_scans: 8 }),
      ...ksmFiles(1, { ...base, pages_sharing: 1000, full_scans: 9 }),
    );
    expect(finding(found, 'memory/ksm/verdict')?.verdict?.state).toBe('inconclusive');
  });

  it('says worse after enough passes, and how to stop it and go back', () => {
    const found = report(...ksmFiles(0, { ...base, pages_sharing: 0, full_scans: 4, general_profit: -9000 }));
    const said = finding(found, 'memory/ksm/verdict');
    expect(said?.verdict?.state).toBe('worse');
    expect(said?.actions[0]).toMatchObject({
      run: 'echo 0 > /sys/kernel/mm/ksm/run',
      undo: 'echo 1 > /sys/kernel/mm/ksm/run',
      setting: { path: '/sys/kernel/mm/ksm/run', value: '0', was: '1' },
    });
  });

  it('trap: ksm_stat mixes keys with and without a colon', () => {
    const found = report(
      ...ksmFiles(0, { ...base, pages_sharing: 0, full_scans: 4 }),
      file(
        `${snap(0)}/proc@7@ksm_stat`,
        'ksm_rmap_items 25600\nksm_merging_pages 20480\nksm_merge_any: no\nksm_mergeable: yes\n',
      ),
    );
    expect(metric(found, 'memory.ksm.process_profit', { pid: '7' })).toBe(82_247_680);
  });
});
