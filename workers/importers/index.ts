import { below } from './below.ts';
import { belowOpenmetrics } from './below-openmetrics.ts';
import { blkparse } from './blkparse.ts';
import { blktrace } from './blktrace.ts';
import { cpuprofile } from './cpuprofile.ts';
import { csv } from './csv.ts';
import { diskstats } from './diskstats.ts';
import { dockerApi } from './docker-api.ts';
import { dockerStats } from './docker-stats.ts';
import { dockerStatsJson } from './docker-stats-json.ts';
import { fioJson } from './fio-json.ts';
import { fioLog } from './fio-log.ts';
import { folded } from './folded.ts';
import { ftrace } from './ftrace.ts';
import { functionGraph } from './function-graph.ts';

import type { Importer } from './importer.ts';
import { iostat } from './iostat.ts';
import { kernelFilesImporter } from './kernel-files.ts';
import { kernelLog } from './kernel-log.ts';
import { ksmtuned } from './ksmtuned.ts';
import { loadavg } from './loadavg.ts';
import { mappedCsv } from './mapped-csv.ts';
import { mpstat } from './mpstat.ts';
import { numaMapsImporter } from './numa-maps.ts';
import { numastat } from './numastat.ts';
import { perfC2c } from './perf-c2c.ts';
import { perfScript } from './perf-script.ts';
import { perfStat } from './perf-stat.ts';
import { pidstat } from './pidstat.ts';
import { procSamples } from './proc-samples.ts';
import { ps } from './ps.ts';
import { results } from './results.ts';
import { sadf } from './sadf.ts';
import { sar } from './sar.ts';
import { settings } from './settings.ts';
import { sysstatJson } from './sysstat-json.ts';
import { systemdCgtop } from './systemd-cgtop.ts';
import { toplev } from './toplev.ts';
import { traceDat } from './trace-dat.ts';
import { vmstat } from './vmstat.ts';
import { vmstatDisks } from './vmstat-disks.ts';

/** Every format that can be read. To add one: a file beside this, and a line here. */
export const importers: readonly Importer[] = [
  perfScript,
  folded,
  cpuprofile,
  ftrace,
  functionGraph,
  procSamples,
  loadavg,
  ps,
  kernelLog,
  traceDat,
  perfStat,
  kernelFilesImporter,
  settings,
  iostat,
  sysstatJson,
  sadf,
  sar,
  mpstat,
  pidstat,
  diskstats,
  vmstat,
  vmstatDisks,
  csv,
  mappedCsv,
  results,
  blkparse,
  blktrace,
  fioJson,
  fioLog,
  numaMapsImporter,
  dockerStats,
  dockerStatsJson,
  dockerApi,
  systemdCgtop,
  below,
  belowOpenmetrics,
  toplev,
  ksmtuned,
  perfC2c,
  numastat,
];

export function importerById(id: string): Importer {
  const found = importers.find((importer) => importer.id === id);
  if (found === undefined) throw new Error(`no importer is called ${id}`);
  return found;
}
