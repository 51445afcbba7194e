// Bundles the script of standalone SVG flame graphs into dist/viz, where viz/svg reads it.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
mkdirSync(`${root}dist/viz`, { recursive: true });
await build({
  entryPoints: [`${root}viz/svg/client/main.ts`],
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  outfile: `${root}dist/viz/svg-client.js`,
  logLevel: 'warning',
  tsconfigRaw: {},
});
