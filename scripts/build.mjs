// Compiles the TypeScript sources and bundles the scripts that reports and SVGs carry inline.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs a Node script of the project or of a dependency; a failure ends the build with its code. */
function run(script, ...args) {
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

run('node_modules/typescript/bin/tsc', '-p', '.');
for (const script of ['scripts/build-client.mjs', 'scripts/build-svg-client.mjs']) {
  if (existsSync(`${root}${script}`)) run(script);
}
chmodSync(`${root}dist/cli/main.js`, 0o755);
