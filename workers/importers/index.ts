import { cpuprofile } from './cpuprofile.ts';
import { folded } from './folded.ts';
import { ftrace } from './ftrace.ts';
import type { Importer } from './importer.ts';
import { loadavg } from './loadavg.ts';
import { perfScript } from './perf-script.ts';
import { procSamples } from './proc-samples.ts';

/** Every format that can be read. To add one: a file beside this, and a line here. */
export const importers: readonly Importer[] = [perfScript, folded, cpuprofile, ftrace, procSamples, loadavg];

export function importerById(id: string): Importer {
  const found = importers.find((importer) => importer.id === id);
  if (found === undefined) throw new Error(`no importer is called ${id}`);
  return found;
}
