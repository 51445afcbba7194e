import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Context } from '../../analyzers/context.ts';
import { lastValue, readingsOf } from '../../analyzers/derived/counters/readings.ts';
import { settingsRead } from '../../analyzers/derived/settings.ts';
import { kernelFilesImporter } from '../../workers/importers/kernel-files.ts';
import { importRun } from '../support/import.ts';
import { tarMembers } from '../support/tar-members.ts';

/** node_exporter's own /proc and /sys, and what it reads from them. */
const archive = fileURLToPath(new URL('../../../shared/fixtures/node_exporter.tar.gz', import.meta.url));
const fixtures = /collector\/fixtures\/((?:proc|sys)\/.*)$/;

/** Unlabelled values of `e2e-output.txt`. */
function oracleOf(text: string): ReadonlyMap<string, number> {
  return new Map(
    [...text.matchAll(/^(node_[A-Za-z_0-9]+) (\S+)$/gm)].map((found) => [found[1] ?? '', Number(found[2])]),
  );
}

describe.skipIf(!existsSync(archive))('copies of kernel files, against node_exporter', async () => {
  const members = existsSync(archive)
    ? await tarMembers(archive, /collector\/fixtures\/(?:proc|sys|e2e-output\.txt)/)
    : new Map<string, Buffer>();
  const files = [...members].flatMap(([name, bytes]) => {
    const path = fixtures.exec(name)?.[1];
    const isOurs = path !== undefined && kernelFilesImporter.sniff(bytes, path) === 'yes';
    return isOurs ? [[kernelFilesImporter, bytes, path] as const] : [];
  });
  const context = new Context(importRun(...files));
  const output = [...members].find(([name]) => name.endsWith('/e2e-output.txt'))?.[1].toString() ?? '';
  const oracle = [...oracleOf(output)];
  const read = (name: string, entity?: string, of?: string): number =>
    lastValue(readingsOf(context, name, entity, of));

  /** Every value of the oracle whose name begins so, and what was read of it. */
  function compared(prefix: RegExp, ours: (key: string) => number): readonly [string, number, number][] {
    return oracle.flatMap(([name, value]) => {
      const key = prefix.exec(name)?.[1];
      return key === undefined ? [] : [[key, ours(key), value]];
    });
  }

  it('every event of /proc/vmstat', () => {
    const rows = compared(/^node_vmstat_(\w+)$/, (key) =>
      // The kernel counts this traffic in KiB, node_exporter hands it on as it is.
      /^pgpg/.test(key) ? read(`vmstat ${key}`) / 1024 : read(`vmstat ${key}`),
    );
    expect(rows.length).toBeGreaterThan(5);
    for (const [key, own, theirs] of rows) expect(own, key).toBe(theirs);
  });

  it('every amount of /proc/meminfo', () => {
    const rows = compared(/^node_memory_(\w+)_bytes$/, (key) =>
      read(`meminfo ${key.replace(/_(anon|file)$/, '($1)')}`),
    );
    expect(rows.length).toBeGreaterThan(35);
    for (const [key, own, theirs] of rows) expect(own, key).toBe(theirs);
  });

  it('pressure of every resource', () => {
    const rows = compared(/^node_pressure_(\w+_(?:waiting|stalled))_seconds_total$/, (key) => {
      const [resource = '', how] = key.split('_');
      return read(how === 'waiting' ? 'pressure some' : 'pressure full', 'pressure', resource) / 1e9;
    });
    expect(rows.length).toBe(6);
    for (const [key, own, theirs] of rows) expect(own, key).toBeCloseTo(theirs, 6);
  });

  it('KSM: counts, profit and settings', () => {
    for (const [key, own, theirs] of compared(
      /^node_ksmd_(pages_(?:shared|sharing|unshared|volatile)|full_scans_total|general_profit_bytes)$/,
      (key) => read(`ksm ${key.replace(/_(?:total|bytes)$/, '')}`),
    ))
      expect(own, key).toBe(theirs);
    const settings = context.derive(settingsRead);
    for (const [key, own, theirs] of compared(/^node_ksmd_(run|pages_to_scan|merge_across_nodes)$/, (key) =>
      Number(settings.get(`/sys/kernel/mm/ksm/${key}`)),
    ))
      expect(own, key).toBe(theirs);
  });
});
