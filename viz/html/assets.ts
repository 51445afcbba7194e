import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The script and styles every report carries inline, made by the build. */
export interface Assets {
  readonly script: string;
  readonly style: string;
  /** Content-Security-Policy source that allows exactly this script. */
  readonly scriptHash: string;
}

let loaded: Assets | undefined;

export function assets(): Assets {
  if (loaded === undefined) {
    const here = import.meta.url;
    const built = fileURLToPath(here).endsWith('.ts') ? '../../dist/viz/' : '../';
    const read = (name: string): string => readFileSync(new URL(built + name, here), 'utf8').trim();
    const script = read('report-client.js');
    const digest = createHash('sha256').update(script).digest('base64');
    loaded = { script, style: read('report.css'), scriptHash: `'sha256-${digest}'` };
  }
  return loaded;
}
