import { readFileSync } from 'node:fs';
import { describe } from 'vitest';
import { kernelFilesImporter } from '../../workers/importers/kernel-files.ts';
import { checkImporter } from '../support/check-importer.ts';
import { repo } from '../support/paths.ts';

describe.each(['snmp', 'netstat', 'softnet_stat', 'interrupts', 'softirqs'])('a copy of %s', (name) => {
  checkImporter(
    kernelFilesImporter,
    readFileSync(repo(`datasets/real/io-tuning/${name}.txt`)),
    `kernel-files-${name}.txt`,
  );
});
