import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { repo } from '../support/paths.ts';
import { scratch, vtune } from '../support/vtune.ts';

const tiny = repo('datasets/synth/tiny.perf.txt');
const events = repo('datasets/real/multi-event-short.perf.txt');

async function lines(...args: string[]): Promise<string[]> {
  const { stdout, code, stderr } = await vtune(['fold', '-q', ...args]);
  expect(`${code} ${stderr}`).toBe('0 ');
  return stdout.trimEnd().split('\n');
}

describe('vtune fold', () => {
  it('prints what the documentation promises', async () => {
    expect(await lines(tiny)).toEqual([
      'V8_Worker_2;[unknown];v8::Run;helper;std::map<int, Foo>::find;LazyCompile:*parse /srv/app (1).js:12 1003009',
      'dd 1003009',
      'dd;main;__read;copy_user_generic 1003009',
      'dd;main;__read;vfs_read;copy_user_generic 1003009',
      'swapper;default_idle;pv_native_safe_halt 1003009',
    ]);
  });

  it('marks kinds', async () => {
    const [marked] = await lines('--all', '--inline', tiny);
    expect(marked).toBe(
      'V8_Worker_2;[unknown];v8::Run;helper_[i];std::map<int, Foo>::find;LazyCompile:*parse /srv/app (1).js:12_[j] 1003009',
    );
    expect((await lines('--kernel', tiny)).at(-1)).toBe(
      'swapper;default_idle_[k];pv_native_safe_halt_[k] 1003009',
    );
  });

  it('shows ids', async () => {
    expect((await lines('--pid', tiny)).map((line) => line.split(';')[0])).toContain('V8_Worker_2-440');
    expect((await lines('--tid', tiny)).map((line) => line.split(';')[0])).toContain('V8_Worker_2-440/451');
    expect(await lines('--tid', '--event', 'cycles', tiny)).toEqual(['emulator-?/4152;_dl_start 3646']);
  });

  it('shows addresses of frames without a symbol', async () => {
    const text =
      'x 1 1.0: 5 cycles:\n\t    7f0011223344 [unknown] (/usr/lib/libfoo.so)\n\tffffffff81000010 [unknown] ([unknown])\n\n';
    const { stdout } = await vtune(['fold', '--addrs'], { stdin: text });
    expect(stdout).toBe('x;[unknown <ffffffff81000010>];[libfoo.so <7f0011223344>] 5\n');
  });

  it('chooses events, exactly or without modifiers, and never adds different ones', async () => {
    expect(await lines('--event', 'kmem:kmalloc', tiny)).toEqual(['dd;__kmalloc 1']);
    expect(await lines('--event-filter', 'cycles', tiny)).toEqual(['emulator;_dl_start 3646']);
    expect(await lines('--event', 'cpu-clock', tiny)).toEqual(await lines(tiny));
  });

  it('weighs by samples or by a tracepoint field', async () => {
    expect(await lines('--weight', 'samples', '--event', 'cycles', tiny)).toEqual(['emulator;_dl_start 1']);
    expect(await lines('--weight', 'bytes_alloc', '--event', 'kmem:kmalloc', tiny)).toEqual([
      'dd;__kmalloc 64',
    ]);
    const text = readFileSync(events, 'latin1');
    const sum = [...text.matchAll(/kmem:kmalloc:.*bytes_alloc=(\d+)/g)].reduce(
      (total, match) => total + Number(match[1]),
      0,
    );
    const folded = await lines('--weight', 'bytes_alloc', '--event', 'kmem:kmalloc', events);
    expect(folded.reduce((total, line) => total + Number(line.split(' ').at(-1)), 0)).toBe(sum);
  });

  it('conserves the weight of every event of every capture', async () => {
    for (const name of ['gcc-compile', 'node-server', 'postgres-pgbench', 'multi-event']) {
      const text = gunzipSync(readFileSync(repo(`datasets/real/${name}.perf.txt.gz`))).toString('latin1');
      const sum = [...text.matchAll(/^.*?: +(\d+) +cpu-clock:/gm)].reduce(
        (total, match) => total + Number(match[1]),
        0,
      );
      const folded = await lines(repo(`datasets/real/${name}.perf.txt.gz`), '--event', 'cpu-clock');
      expect(folded.reduce((total, line) => total + Number(line.split(' ').at(-1)), 0)).toBe(sum);
    }
  });

  it('gives folded stacks back as they were', async () => {
    const stacks = 'a b;f(int)_[k];[lib x];;y 3\nc;z_[i] 2.5\n';
    const { stdout } = await vtune(['fold', '-q'], { stdin: stacks });
    expect(stdout).toBe(stacks);
    const first = (await vtune(['fold', '-q', tiny])).stdout;
    expect((await vtune(['fold', '-q'], { stdin: first })).stdout).toBe(first);
  });

  it('compares any two captures', async () => {
    const folder = scratch();
    writeFileSync(join(folder, 'b.folded'), 'dd;main 5\nnew;x 7\n');
    const { stdout } = await vtune(['fold', '-q', '--diff', tiny, join(folder, 'b.folded')]);
    expect(stdout).toContain('dd;main 0 5\n');
    expect(stdout).toContain('new;x 0 7\n');
    expect(stdout).toContain('swapper;default_idle;pv_native_safe_halt 1003009 0\n');
  });

  const canCompile = ['g++', 'llvm-symbolizer', 'nm', 'objdump'].every(
    (tool) => spawnSync(tool, ['--version']).status === 0,
  );
  it.skipIf(!canCompile)('finds inlined functions perf did not print', async () => {
    const folder = scratch();
    const program = join(folder, 'program');
    writeFileSync(
      `${program}.cpp`,
      'volatile int sink;\nstatic inline __attribute__((always_inline)) void inner() { sink += 1; }\n__attribute__((noinline)) void outer() { inner(); }\nint main() { outer(); return 0; }\n',
    );
    execFileSync('g++', ['-O2', '-g', '-o', program, `${program}.cpp`]);
    const symbols = execFileSync('nm', ['-C', program], { encoding: 'utf8' });
    expect(symbols).toMatch(/ [tT] outer\(\)/);
    // Not at +0: the first instruction is the function's own (endbr64), the rest is what was inlined.
    const disassembly = execFileSync('objdump', ['-d', '--no-show-raw-insn', '-C', program], {
      encoding: 'utf8',
    });
    const body = disassembly.split('<outer()>:\n')[1]?.split('\n\n')[0] ?? '';
    const start = Number.parseInt(/([0-9a-f]+) <outer\(\)>:/.exec(disassembly)?.[1] ?? '0', 16);
    const at = Number.parseInt(/^\s*([0-9a-f]+):.*<sink>/m.exec(body)?.[1] ?? '0', 16);
    const text = `program 1 1.0: 9 cycles:\n\t7f${at.toString(16)} outer()+0x${(at - start).toString(16)} (${program})\n\n`;
    const { stdout } = await vtune(['fold', '-q', '--inline'], { stdin: text });
    expect(stdout).toBe('program;outer;inner_[i] 9\n');
  });
});
