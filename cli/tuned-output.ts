import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../model/problem.ts';
import type { Report } from '../model/report.ts';
import { tunedProfile } from '../viz/text/tuned.ts';
import { writeOutput } from './output.ts';

/** Writes the settings a report recommends as a TuneD profile: `directory/tuned.conf`. */
export async function writeTuned(directory: string, report: Report): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    throw new Problem(
      {
        code: 'write-failed',
        message: `cannot be made (${error instanceof Error ? error.message : String(error)})`,
        file: directory,
        hint: 'give a directory for the profile, as --emit-tuned vtune-db17',
      },
      { cause: error },
    );
  }
  await writeOutput(join(directory, 'tuned.conf'), [tunedProfile(report)]);
}
