// What the races share: finding tools, timing whole processes.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Path of a tool from an environment variable or the PATH; undefined when it is not installed. */
export function installed(name, variable) {
  const path =
    process.env[variable] ??
    spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
  return path === '' ? undefined : path;
}

/** Seconds and peak resident bytes of one whole run; its output is read and thrown away. */
export function measure(command) {
  return new Promise((resolve, reject) => {
    const started = process.hrtime.bigint();
    const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'ignore'] });
    let peak = 0;
    const watch = setInterval(() => {
      try {
        peak = Math.max(
          peak,
          Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) * 1024,
        );
      } catch {
        // The process has just ended.
      }
    }, 20);
    child.stdout.resume();
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(watch);
      if (code !== 0) reject(new Error(`${command.join(' ')} ended with ${code}`));
      else resolve({ seconds: Number(process.hrtime.bigint() - started) / 1e9, peak });
    });
  });
}

export const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
