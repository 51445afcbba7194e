import { describe, expect, it } from 'vitest';
import { Context } from '../../../analyzers/context.ts';
import { ksmAnalyzer } from '../../../analyzers/memory/ksm.ts';
import { kernelFilesImporter } from '../../../workers/importers/kernel-files.ts';
import { importRun } from '../../support/import.ts';

/** Two readings ten seconds apart; the second has these values, the first zeros of counts. */
function ksmOf(values: Readonly<Record<string, number>>, more: Readonly<Record<string, string>> = {}) {
  const files = Object.entries(values).flatMap(([key, value]) => [
    [`snap-000_100.0/sys@kernel@mm@ksm@${key}`, `${key === 'run' ? value : 0}\n`] as const,
    [`snap-001_110.0/sys@kernel@mm@ksm@${key}`, `${value}\n`] as const,
  ]);
  const run = importRun(
    ...[...files, ...Object.entries(more)].map(
      ([name, text]) => [kernelFilesImporter, Buffer.from(text), name] as const,
    ),
  );
  const context = new Context(run);
  const { metrics, findings, sections } = ksmAnalyzer.run(context);
  const metric = (id: string) => metrics.find((each) => each.id === `memory.ksm.${id}`)?.value;
  return { metric, finding: findings[0], sections };
}

const merged = {
  run: 1,
  pages_shared: 320,
  pages_sharing: 81_600,
  pages_unshared: 0,
  pages_volatile: 20_480,
};

describe('KSM', () => {
  it('computes profit where the kernel does not: 81600·4096 − 102400·64 = 327 680 000', () => {
    const { metric, finding } = ksmOf({ ...merged, full_scans: 20 });
    expect(metric('profit')).toBe(327_680_000);
    expect(finding?.verdict).toMatchObject({ knob: 'ksm', state: 'better' });
    expect(finding?.evidence[0]?.formula).toContain('(81600 + 0)·4096 − 102400·64 = 327680000 bytes');
    expect(finding?.evidence[0]?.formula).toContain('before Linux 6.4');
  });

  it('counts zero pages as saved', () => {
    expect(ksmOf({ ...merged, ksm_zero_pages: 100, full_scans: 20 }).metric('profit')).toBe(
      327_680_000 + 100 * 4096,
    );
  });

  it('takes what the kernel says of profit', () => {
    expect(ksmOf({ ...merged, full_scans: 20, general_profit: 5 }).metric('profit')).toBe(5);
  });

  it('says "not converged", never "no benefit", before three passes', () => {
    for (const full_scans of [0, 1, 2]) {
      const { finding } = ksmOf({
        run: 1,
        pages_sharing: 0,
        pages_shared: 0,
        pages_volatile: 43_900,
        pages_unshared: 0,
        full_scans,
        general_profit: -2_809_600,
      });
      expect(finding?.verdict?.state).toBe('inconclusive');
      expect(finding?.claim).toMatch(/has not converged/);
      expect(finding?.severity).toBe('note');
    }
  });

  it('costs more than it saves after many passes: off, and how', () => {
    const { finding } = ksmOf({
      run: 1,
      pages_sharing: 0,
      pages_shared: 0,
      pages_unshared: 102_400,
      pages_volatile: 0,
      full_scans: 15,
      general_profit: -6_553_600,
    });
    expect(finding).toMatchObject({ severity: 'warning', verdict: { state: 'worse' } });
    expect(finding?.actions[0]).toMatchObject({
      setting: { path: '/sys/kernel/mm/ksm/run', value: '2' },
      undo: 'echo 1 | sudo tee /sys/kernel/mm/ksm/run',
    });
  });

  it('off is off: not a word on what it would save', () => {
    const { finding } = ksmOf({
      run: 0,
      pages_sharing: 0,
      pages_shared: 0,
      pages_unshared: 0,
      pages_volatile: 0,
      full_scans: 0,
      general_profit: 0,
    });
    expect(finding).toMatchObject({ severity: 'ok', verdict: { state: 'not enough data' } });
    expect(finding?.claim).toContain('KSM is off');
  });

  it('advises the advisor where the kernel has one, else the rate', () => {
    const young = {
      run: 1,
      pages_sharing: 0,
      pages_shared: 0,
      pages_unshared: 0,
      pages_volatile: 9,
      full_scans: 0,
      pages_to_scan: 100,
    };
    const old = ksmOf(young, { version: 'Linux version 5.15.0-91-generic (x) #1 SMP\n' });
    expect(old.finding?.actions[0]?.setting).toEqual({
      path: '/sys/kernel/mm/ksm/pages_to_scan',
      value: '1000',
      was: '100',
    });
    const fresh = ksmOf(young, { version: 'Linux version 6.18.1 (x) #1 SMP\n' });
    expect(fresh.finding?.actions[0]?.setting?.path).toBe('/sys/kernel/mm/ksm/advisor_mode');
  });

  it('profit of a process: 20480·4096 − 25600·64 = 82 247 680, in either form of its lines', () => {
    const { sections } = ksmOf(
      { ...merged, full_scans: 20 },
      {
        'snap-001_110.0/proc@7050@ksm_stat':
          'ksm_rmap_items 25600\nksm_merging_pages: 20480\nksm_merge_any: no\n',
      },
    );
    const table = sections.find(({ id }) => id === 'memory/ksm/processes');
    expect(table?.kind === 'table' && table.rows[0]?.cells).toEqual(['7050', 20_480, 25_600, 82_247_680]);
  });
});
