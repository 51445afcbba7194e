import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Context } from '../../analyzers/context.ts';
import { readingsOf } from '../../analyzers/derived/counters/readings.ts';
import { groupOnNode } from '../../model/page-series.ts';
import { kernelFilesImporter } from '../../workers/importers/kernel-files.ts';
import { importRun } from '../support/import.ts';
import { tarMembers } from '../support/tar-members.ts';

const archive = fileURLToPath(new URL('../../../shared/captures/tuning/b-memory.tar.gz', import.meta.url));

describe.skipIf(!existsSync(archive))('memory of recorded control groups by node', () => {
  it('adds up to what memory.stat of the same moment says', async () => {
    const members = await tarMembers(archive, /@memory@pmem_b@memory\.(?:numa_stat|stat)$/);
    const moments = [...members].filter(([name]) => name.endsWith('numa_stat'));
    expect(moments.length).toBe(40);
    let most = 0;
    for (const [name, bytes] of moments) {
      const stat = members.get(name.replace(/numa_stat$/, 'stat'))?.toString() ?? '';
      const amount = (key: string): number =>
        Number(new RegExp(`^total_${key} (\\d+)$`, 'm').exec(stat)?.[1]);
      const context = new Context(importRun([kernelFilesImporter, bytes, name]));
      const pages = readingsOf(context, groupOnNode('total', '0'), 'cgroup', '/pmem_b')?.values.at(-1);
      // One node: all of the page cache and of anonymous memory is on it.
      const whole = amount('cache') + amount('rss') + amount('unevictable');
      expect((pages ?? Number.NaN) * 4096, name).toBe(whole);
      most = Math.max(most, whole);
    }
    expect(most).toBeGreaterThan(400e6);
  });
});
