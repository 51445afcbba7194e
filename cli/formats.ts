import { Command } from 'commander';
import { importers } from '../workers/importers/index.ts';

export function formatsCommand(): Command {
  return new Command('formats').summary('list what can be read, and how to capture it').action(() => {
    const lines = importers.map(({ id, title, captureWith }) => `${id}\n  ${title}\n  $ ${captureWith}\n`);
    process.stdout.write(
      `${lines.join('\n')}\nAny of them plain or compressed with gzip, zstd, xz or bzip2, alone, in directories or in tar archives,\nor on stdin. The format is found by content, never by name.\n`,
    );
  });
}
