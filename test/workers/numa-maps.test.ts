import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { numaMapsImporter } from '../../workers/importers/numa-maps.ts';
import { checkImporter } from '../support/check-importer.ts';
import { importCut } from '../support/import.ts';
import { repo } from '../support/paths.ts';

describe('numa_maps', () => {
  checkImporter(
    numaMapsImporter,
    readFileSync(repo('datasets/real/numa/interleave.txt')),
    'numa-maps-interleave.txt',
  );

  it('counts lines that are neither mapping nor result', () => {
    const text = '7f00 default anon=1 N0=1 kernelpagesize_kB=4\n7f01 sideways:1 N0=1\n';
    const [read] = importCut(numaMapsImporter, Buffer.from(text)).imports;
    expect(read?.skipped).toBe(1);
  });
});
