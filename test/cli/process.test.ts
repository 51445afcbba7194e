import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { repo } from '../support/paths.ts';
import { scratch, signalAfter, vtune } from '../support/vtune.ts';

const plain = repo('datasets/real/multi-event-short.perf.txt');

describe('a process that behaves', () => {
  let big = '';
  beforeAll(() => {
    big = join(scratch(), 'big.txt');
    const bytes = readFileSync(plain);
    writeFileSync(big, Buffer.concat(Array.from({ length: 1200 }, () => bytes)));
  });

  it('ends within a second of Ctrl-C, with 130, leaving no file', async () => {
    const folder = scratch();
    let asked = 0;
    // Input that never ends keeps it at work, however fast or slow the machine is.
    const { code, stderr } = await vtune(['analyze', '-', '-o', join(folder, 'r.html')], {
      stdin: readFileSync(big),
      keepStdinOpen: true,
      during: (child) => {
        void signalAfter(child, 1, 'SIGINT').then(() => {
          asked = performance.now();
        });
      },
    });
    expect(code).toBe(130);
    expect(performance.now() - asked).toBeLessThan(1000);
    expect(stderr).toContain('interrupted');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('reports a worker that dies in one line', async () => {
    const killer = join(scratch(), 'killer.cjs');
    writeFileSync(
      killer,
      "if (!require('node:worker_threads').isMainThread) setTimeout(() => process.exit(3), 20);\n",
    );
    const { code, stderr } = await vtune(['fold', big], { env: { NODE_OPTIONS: `--require=${killer}` } });
    expect(stderr).toMatch(/^vtune: a worker thread stopped while reading .*big\.txt.*--jobs 1.*\n$/);
    expect(code).toBe(2);
  });

  it('reports an output that cannot be written, and leaves nothing behind', async () => {
    const folder = scratch();
    const { code, stderr } = await vtune(['fold', plain, '-o', join(folder, 'none/x.folded')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/x\.folded: cannot be written .*choose another place/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('shows no progress where there is no terminal', async () => {
    expect((await vtune(['fold', big])).stderr).toBe('');
  });

  it('stops quietly when its reader has seen enough', async () => {
    const { code } = await vtune(['fold', plain], { during: (child) => child.stdout?.destroy() });
    expect(code).toBe(0);
  });

  it('exits with 1 on a finding at --fail-on, and only then', async () => {
    const out = join(scratch(), 'r.html');
    expect((await vtune(['analyze', '-q', plain, '-o', out, '--fail-on', 'note'])).code).toBe(1);
    expect(
      (
        await vtune([
          'analyze',
          '-q',
          repo('datasets/real/node-server.perf.txt.gz'),
          '-o',
          out,
          '--fail-on',
          'critical',
        ])
      ).code,
    ).toBe(0);
  });

  it('gives the same report every time', async () => {
    const folder = scratch();
    for (const name of ['a', 'b']) await vtune(['analyze', '-q', plain, '-o', join(folder, name)]);
    expect(readFileSync(join(folder, 'a')).equals(readFileSync(join(folder, 'b')))).toBe(true);
  });
});
