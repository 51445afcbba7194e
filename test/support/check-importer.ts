import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Problem } from '../../model/problem.ts';
import { TraceBuilder } from '../../model/trace-builder.ts';
import type { Importer } from '../../workers/importers/importer.ts';
import { importers } from '../../workers/importers/index.ts';
import { dump, importCut, sourceOf } from './import.ts';
import { repo } from './paths.ts';

/**
 * What every importer must pass, given a small real file of its format: only it claims the file,
 * the dump matches the golden, cutting changes nothing, and no broken file makes it throw
 * anything but a Problem.
 */
export function checkImporter(importer: Importer, fixture: Uint8Array, golden: string): void {
  it('is the only one to claim its file, whatever its name', () => {
    const claims = importers.filter(({ sniff }) => sniff(fixture.subarray(0, 64 << 10), 'x.bin') === 'yes');
    expect(claims.map(({ id }) => id)).toEqual([importer.id]);
  });

  it('reads its file as the golden says', async () => {
    await expect(dump(importCut(importer, fixture))).toMatchFileSnapshot(repo(`test/golden/${golden}`));
  });

  it('reads the same from 1, 2 and 7 slices', () => {
    const whole = dump(importCut(importer, fixture));
    for (const pieces of [2, 7]) {
      const cuts = Array.from({ length: pieces - 1 }, (_, i) =>
        Math.floor(((i + 1) * fixture.length) / pieces),
      );
      expect(dump(importCut(importer, fixture, cuts))).toBe(whole);
    }
  });

  it('survives every broken file', () => {
    for (const name of readdirSync(repo('datasets/broken'))) {
      const bytes = readFileSync(repo(`datasets/broken/${name}`));
      try {
        const out = new TraceBuilder();
        importer.open(out, sourceOf(bytes))(bytes, 0);
        out.finish();
      } catch (error) {
        expect(error, name).toBeInstanceOf(Problem);
      }
    }
  });
}
