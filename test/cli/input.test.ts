import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { repo } from '../support/paths.ts';
import { scratch, vtune } from '../support/vtune.ts';

const real = (name: string): string => repo(`datasets/real/${name}`);
const broken = (name: string): string => repo(`datasets/broken/${name}`);
const plain = real('multi-event-short.perf.txt');

describe('inputs', () => {
  let expected = '';
  beforeAll(async () => {
    expected = (await vtune(['fold', '-q', plain])).stdout;
    expect(expected).toMatch(/^\S.*;.* \d+\n/);
  });

  it.each(['zst', 'xz', 'bz2'])('reads %s', async (suffix) => {
    expect((await vtune(['fold', '-q', `${plain}.${suffix}`])).stdout).toBe(expected);
  });

  it('finds the format by content, whatever the name', async () => {
    const folder = scratch();
    writeFileSync(join(folder, 'x.png'), gzipSync(readFileSync(plain)));
    expect((await vtune(['fold', '-q', join(folder, 'x.png')])).stdout).toBe(expected);
  });

  it('reads stdin, plain and compressed, named or not', async () => {
    const bytes = readFileSync(plain);
    expect((await vtune(['fold', '-q'], { stdin: bytes })).stdout).toBe(expected);
    expect((await vtune(['fold', '-q', '-'], { stdin: gzipSync(bytes) })).stdout).toBe(expected);
  });

  it('reads pipes named as files, as bash makes them', () => {
    const single = `${process.execPath} ${repo('dist/cli/main.js')} fold -q <(cat ${plain})`;
    expect(execFileSync('bash', ['-c', single], { encoding: 'latin1' })).toBe(expected);
  });

  it('reads directories, patterns, several files and tars as one trace', async () => {
    const folder = scratch();
    const text = readFileSync(plain, 'latin1');
    const cut = text.indexOf('\n\n', text.length / 2) + 2;
    writeFileSync(join(folder, 'a.txt'), text.slice(0, cut), 'latin1');
    mkdirSync(join(folder, 'below'));
    writeFileSync(join(folder, 'below/b.gz'), gzipSync(Buffer.from(text.slice(cut), 'latin1')));
    expect((await vtune(['fold', '-q', folder])).stdout).toBe(expected);
    expect((await vtune(['fold', '-q', join(folder, 'a.txt'), join(folder, 'below/b.gz')])).stdout).toBe(
      expected,
    );
    expect((await vtune(['fold', '-q', join(folder, '**/*.*')])).stdout).toBe(expected);
    execFileSync('tar', ['czf', join(folder, 'all.tgz'), '-C', folder, 'a.txt', 'below']);
    expect((await vtune(['fold', '-q', join(folder, 'all.tgz')])).stdout).toBe(expected);
    execFileSync('tar', ['cf', join(folder, 'all.tar'), '-C', folder, 'a.txt', 'below']);
    const report = join(folder, 'r.json');
    await vtune(['analyze', '-q', join(folder, 'all.tar'), '-o', join(folder, 'r.html'), '--json', report]);
    const { imports } = JSON.parse(readFileSync(report, 'utf8'));
    expect(imports.map(({ file }: { file: string }) => file.replace(folder, ''))).toEqual([
      '/all.tar!a.txt',
      '/all.tar!below/b.gz',
    ]);
  });

  it('reads the same with 1, 2 and 5 workers', async () => {
    const folder = scratch();
    const big = join(folder, 'big.txt');
    writeFileSync(big, Buffer.concat(Array.from({ length: 40 }, () => readFileSync(plain))));
    const [one, two, five] = await Promise.all(
      ['1', '2', '5'].map((jobs) => vtune(['explain', '-q', '--rows', '20000', '--jobs', jobs, big])),
    );
    expect(one?.stdout.length).toBeGreaterThan(100_000);
    expect(two?.stdout).toBe(one?.stdout);
    expect(five?.stdout).toBe(one?.stdout);
  });

  it('folds every profile of the project without skipping a line', async () => {
    const traces = /^(?:dmesg|perf-sched|trace-cmd)/;
    for (const name of readdirSync(repo('datasets/real')).filter(
      (file) => /(?<!\.tar)\.(txt|gz|zst|xz|bz2)$/.test(file) && !traces.test(file),
    )) {
      const { stdout, stderr, code } = await vtune(['fold', real(name)]);
      expect(`${name} ${code} ${stderr}`).toBe(`${name} 0 `);
      expect(stdout.length).toBeGreaterThan(0);
    }
  });

  it('reads every capture of the project without skipping a line', async () => {
    // Output of other tools, kept to compare with, is no capture.
    const oracle = /\.(?:latency|timehist)\./;
    const files = readdirSync(repo('datasets/real'), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(?:txt|gz|zst|xz|bz2|dat)$/.test(file) && !oracle.test(file))
      .map(real);
    expect(files.length).toBeGreaterThan(40);
    const { stderr, code } = await vtune(['explain', '--dump', 'trace', '--rows', '0', ...files]);
    expect([code, stderr]).toEqual([0, '']);
  });

  it.each([
    ['trace', /^events \(5 rows\): name counted\n {2}1: "cpu-clock" 0\n/],
    ['tree', /^call tree by cpu-clock, \d+ nodes: total, self, name\n +54\.1 ms +0 ns {2}all\n/],
    ['report', /^\{\n {2}"version": 1,/],
  ])('explains the step %s', async (step, expected) => {
    const { stdout, code } = await vtune(['explain', '-q', '--dump', step, plain]);
    expect(code).toBe(0);
    expect(stdout).toMatch(expected);
  });

  it('lists the formats', async () => {
    const { stdout, code } = await vtune(['formats']);
    expect(code).toBe(0);
    for (const id of ['perf-script', 'folded', 'cpuprofile', 'gzip', 'zstd', 'xz', 'bzip2', 'tar'])
      expect(stdout).toContain(id);
  });
});

describe('bad input gets one clear line and exit code 2', () => {
  const cases: [string, string[], RegExp][] = [
    ['an empty file', [broken('empty.txt')], /empty\.txt: is empty; capture it again/],
    ['blank lines', [broken('blank-lines.txt')], /holds nothing but blank lines/],
    ['binary', [broken('random-binary.bin')], /is binary/],
    [
      'perf.data',
      [broken('perf.data-header.bin')],
      /is a perf\.data file.*perf script --header -i perf\.data/,
    ],
    ['prose', [broken('unknown-format.txt')], /at byte 0: is in no format vtune knows; expected/],
    [
      'JSON without one whole report',
      [broken('killed.iostat.json')],
      /at byte 0: holds no whole report; let iostat or sadf finish/,
    ],
    ['no samples', [broken('header-only.perf.txt')], /holds no samples.*perf record/],
    [
      'no such file',
      ['/nonexistent/x.txt'],
      /\/nonexistent\/x\.txt: no such file or directory; check the path/,
    ],
    ['a pattern that matches nothing', ['/nonexistent/*.txt'], /no file matches/],
    [
      'an unknown event',
      [plain, '--event', 'cyclops'],
      /no samples of event cyclops; the events are: cpu-clock/,
    ],
  ];

  it.each(cases)('%s', async (_, args, message) => {
    const { code, stdout, stderr } = await vtune(['fold', ...args]);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^vtune: [^\n]*\n$/);
    expect(code).toBe(2);
    expect(stdout).toBe('');
  });

  it('a directory with nothing readable', async () => {
    const folder = scratch();
    const none = await vtune(['analyze', folder, '-o', join(folder, 'r.html')]);
    expect(none.code).toBe(2);
    expect(none.stderr).toMatch(/holds no files/);
    writeFileSync(join(folder, 'notes.md'), 'some notes\n');
    copyFileSync(broken('random-binary.bin'), join(folder, 'core'));
    const { code, stderr } = await vtune(['analyze', folder]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^vtune: none of 2 files can be read: .*core.*notes\.md.*\n$/);
  });

  it('a file without permission', async () => {
    const folder = scratch();
    const file = join(folder, 'secret.txt');
    copyFileSync(plain, file);
    chmodSync(file, 0);
    // Root may read everything; a lowered user is what the rule is about.
    const asUser = process.getuid?.() === 0;
    if (asUser) chmodSync(folder, 0o755);
    const { stderr, status } = runAs(asUser, file);
    expect(stderr).toMatch(/secret\.txt: no permission to read it/);
    expect(status).toBe(2);
  });

  it('usage errors are 2, never 1', async () => {
    for (const args of [
      ['fold', '--nonsense'],
      ['nonsense'],
      ['analyze'],
      ['fold', '--jobs', '0', plain],
      ['fold', '--diff', plain],
      ['fold', '--compat', 'x', plain],
    ]) {
      expect((await vtune(args)).code, args.join(' ')).toBe(2);
    }
    expect((await vtune(['--help'])).code).toBe(0);
    expect((await vtune(['--version'])).code).toBe(0);
  });

  it('what is readable is read, and what is not is said', async () => {
    const folder = scratch();
    copyFileSync(plain, join(folder, 'a.txt'));
    copyFileSync(broken('unknown-format.txt'), join(folder, 'notes.txt'));
    symlinkSync('/nonexistent', join(folder, 'dangling'));
    const { code, stderr } = await vtune(['analyze', folder, '-o', join(folder, 'r.html')]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/skipped .*notes\.txt: is in no format/);
    expect(readFileSync(join(folder, 'r.html'), 'utf8')).toMatch(/notes\.txt/);
  });

  it('a truncated gzip gives what there was before the cut', async () => {
    const { code, stdout, stderr } = await vtune(['fold', broken('truncated.perf.txt.gz')]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/ends early: unexpected end of file after \d+ bytes/);
    expect(stdout).toContain('mem-toucher;');
  });

  it.each(['zst', 'xz', 'bz2'])('a truncated %s gives what there was, or one clear line', async (suffix) => {
    const bytes = readFileSync(`${plain}.${suffix}`);
    const { code, stdout, stderr } = await vtune(['fold'], { stdin: bytes.subarray(0, bytes.length * 0.7) });
    expect(stderr).toMatch(
      /^vtune: stdin (?:ends early: .* after \d+ bytes|at byte 0: cannot be decompressed \(.*\); copy the file again)\n/,
    );
    expect(stderr).toMatch(/unexpected EOF|damaged or cut short/);
    expect(code).toBe(stdout === '' ? 2 : 0);
  });

  it('reads concatenated streams, as parallel compressors write them', async () => {
    const text = readFileSync(plain, 'latin1');
    const cut = text.indexOf('\n\n', text.length / 3) + 2;
    const parts = [text.slice(0, cut), text.slice(cut)].map((part) => gzipSync(Buffer.from(part, 'latin1')));
    const { stdout } = await vtune(['fold', '-q'], { stdin: Buffer.concat(parts) });
    expect(stdout).toBe((await vtune(['fold', '-q', plain])).stdout);
  });

  it.each([
    ['stray-frames.perf.txt', 3, 4],
    ['crlf.perf.txt', 4, 0],
    ['no-trailing-newline.perf.txt', 4, 0],
    ['not-really.gz', 4, 0],
    ['nul-bytes.perf.txt', 4, 1],
    ['out-of-order-time.perf.txt', 6, 0],
    ['non-utf8-names.perf.txt', 4, 0],
    ['hostile-names.perf.txt', 28, 0],
  ])('%s: %d samples, %d lines skipped', async (name, records, skipped) => {
    const folder = scratch();
    const json = join(folder, 'r.json');
    const { code } = await vtune([
      'analyze',
      '-q',
      broken(name),
      '-o',
      join(folder, 'r.html'),
      '--json',
      json,
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(json, 'utf8')).imports[0]).toMatchObject({ records, skipped });
  });
});

function runAs(lowered: boolean, file: string): { status: number | null; stderr: string } {
  const args = [repo('dist/cli/main.js'), 'fold', file];
  try {
    execFileSync(process.execPath, args, {
      encoding: 'utf8',
      stdio: 'pipe',
      ...(lowered ? { uid: 65534, gid: 65534 } : {}),
    });
    return { status: 0, stderr: '' };
  } catch (error) {
    const { status, stderr } = error as { status: number | null; stderr: string };
    return { status, stderr };
  }
}
