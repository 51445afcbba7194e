import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
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

/** Sends a signal once the process has worked for so many seconds of processor time, however busy the machine is. */
export async function signalAfter(
  child: ChildProcess,
  worked: number,
  signal: NodeJS.Signals,
): Promise<void> {
  while (child.exitCode === null && processorTime(child.pid) < worked)
    await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill(signal);
}

/** Seconds of user and system time, from /proc/PID/stat (proc(5)); USER_HZ is 100. */
function processorTime(pid: number | undefined): number {
  try {
    const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    const fields = rest.split(' ').map(Number);
    return ((fields[11] as number) + (fields[12] as number)) / 100;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** A new empty directory. */
export function scratch(): string {
  return mkdtempSync(join(tmpdir(), 'vtune-test-'));
}
