// Bundles the report's script and styles into dist/viz, where viz/html reads them.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

/** Bytes of script a report may carry: it is in every report, and read before anything is drawn. */
const MOST_SCRIPT = 200 << 10;

const root = fileURLToPath(new URL('..', import.meta.url));
const styles = ['tokens', 'page', 'panels', 'flame', 'series', 'phases', 'small', 'print'].map((name) =>
  readFileSync(`${root}viz/style/${name}.css`, 'utf8'),
);

mkdirSync(`${root}dist/viz`, { recursive: true });
const { outputFiles } = await build({
  entryPoints: [`${root}viz/client/main.ts`],
  bundle: true,
  minify: true,
  write: false,
  format: 'iife',
  target: 'es2022',
  legalComments: 'none',
  tsconfigRaw: {},
});
const script = outputFiles[0].text;
// The script stands inside an HTML script element: nothing in it may look like that element's end.
if (/<\/script|<!--/i.test(script))
  throw new Error('the bundled script holds text that would end its element');
if (script.length > MOST_SCRIPT)
  throw new Error(`the report script has ${script.length} bytes, more than ${MOST_SCRIPT}`);
writeFileSync(`${root}dist/viz/report-client.js`, script);
const { code } = await transform(styles.join('\n'), { loader: 'css', minify: true });
writeFileSync(`${root}dist/viz/report.css`, code);
