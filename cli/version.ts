import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Version in package.json, which is one directory up from the sources and two from the compiled files. */
export const version: string = readVersion();

function readVersion(): string {
  const up = fileURLToPath(import.meta.url).endsWith('.ts') ? '../package.json' : '../../package.json';
  const manifest: { version: string } = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8'));
  return manifest.version;
}
