import { analyse } from '../../analyzers/analyse.ts';
import { Context } from '../../analyzers/context.ts';
import type { Finding } from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import type { Importer } from '../../workers/importers/importer.ts';
import { kernelFilesImporter } from '../../workers/importers/kernel-files.ts';
import { kernelLog } from '../../workers/importers/kernel-log.ts';
import { numaMapsImporter } from '../../workers/importers/numa-maps.ts';
import { perfStat } from '../../workers/importers/perf-stat.ts';
import { importRun } from './import.ts';

/** Contents by path in the live system: `{'/proc/vmstat': 'nr_free_pages 1\n'}`. */
export type Files = Readonly<Record<string, string>>;

/** Files as they were copied every ten seconds, the first at 100 s; `dmesg.txt` and `perf-stat.csv` are themselves. */
export function copies(...snapshots: readonly Files[]): Context {
  return new Context(importRun(...asInputs(snapshots)));
}

/** What the whole program says of them. */
export function reportOf(...snapshots: readonly Files[]): Report {
  return analyse(importRun(...asInputs(snapshots)), '0');
}

function asInputs(snapshots: readonly Files[]): (readonly [Importer, Uint8Array, string])[] {
  return snapshots.flatMap((files, at) =>
    Object.entries(files).map(([path, text]) => {
      const name = path.startsWith('/')
        ? `snap-${at}_${100 + at * 10}.0/${path.slice(1).replaceAll('/', '@')}`
        : path;
      return [importerOf(path), Buffer.from(text), name] as const;
    }),
  );
}

function importerOf(path: string): Importer {
  if (path.endsWith('/numa_maps')) return numaMapsImporter;
  if (path === 'dmesg.txt') return kernelLog;
  return path === 'perf-stat.csv' ? perfStat : kernelFilesImporter;
}

export function findingOf(report: Report, id: string): Finding | undefined {
  return report.findings.find((each) => each.id === id);
}

/** Value of a metric whose labels hold these. */
export function metricOf(report: Report, id: string, labels: Files = {}): number | undefined {
  return report.metrics.find(
    (each) => each.id === id && Object.entries(labels).every(([key, value]) => each.labels[key] === value),
  )?.value;
}
