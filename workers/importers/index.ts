import { cpuprofile } from './cpuprofile.ts';
import { folded } from './folded.ts';
import type { Importer } from './importer.ts';
import { perfScript } from './perf-script.ts';

/** Every format that can be read. To add one: a file beside this, and a line here. */
export const importers: readonly Importer[] = [perfScript, folded, cpuprofile];

export function importerById(id: string): Importer {
  const found = importers.find((importer) => importer.id === id);
  if (found === undefined) throw new Error(`no importer is called ${id}`);
  return found;
}
