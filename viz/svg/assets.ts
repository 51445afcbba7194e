import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

let script: string | undefined;

/** The script every SVG carries, made by the build. */
export function svgScript(): string {
  if (script === undefined) {
    const built = fileURLToPath(import.meta.url).endsWith('.ts') ? '../../dist/viz/' : '../';
    script = readFileSync(new URL(`${built}svg-client.js`, import.meta.url), 'utf8').trim();
  }
  return script;
}
