import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repo } from './paths.ts';

export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: Uint8Array | string;
  /** Write stdin but do not close it: the process waits for more. */
  readonly keepStdinOpen?: boolean;
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  /** Called with the running process. */
  readonly during?: (child: ChildProcess) => void;
}

/** Runs the compiled command line as a user would. Output is latin1: one character per byte. */
export function vtune(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [repo('dist/cli/main.js'), ...args], {
      cwd: options.cwd ?? repo(''),
      env: { ...process.env, ...options.env },
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve({
        code,
        signal,
        stdout: Buffer.concat(out).toString('latin1'),
        stderr: Buffer.concat(err).toString('utf8'),
      }),
    );
    child.stdin.on('error', () => undefined);
    if (options.keepStdinOpen) child.stdin.write(options.stdin ?? '');
    else child.stdin.end(options.stdin ?? '');
    options.during?.(child);
  });
}

/** A new empty directory. */
export function scratch(): string {
  return mkdtempSync(join(tmpdir(), 'vtune-test-'));
}
