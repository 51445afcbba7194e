import type { KernelFile } from './kernel-file.ts';

const row = /^(rchar|wchar|syscr|syscw|read_bytes|write_bytes|cancelled_write_bytes): (-?\d+)$/;

/** What one process read and wrote since it began, proc_pid_io(5): `io wchar` through system calls, `io write_bytes` of devices. */
export const processIo: KernelFile = {
  id: '/proc/PID/io',
  path: /^\/proc\/\d+\/io$/,
  content: (text) => /^rchar: \d+\nwchar: /.test(text),
  read(text, out) {
    const name = /^\/proc\/(\d+)\//.exec(out.path)?.[1] ?? '';
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const [, key = '', value] = row.exec(line) ?? [];
      if (key === '') out.skip();
      else
        out.cumulative(`io ${key}`, key.startsWith('sysc') ? 'count' : 'bytes', Number(value), {
          kind: 'process',
          name,
        });
    }
  },
};

/** Whether a group has processes, and is frozen: cgroup.events of version 2. */
export const cgroupEvents: KernelFile = {
  id: 'cgroup.events',
  path: /\/cgroup\.events$/,
  read(text, out) {
    for (const line of text.split('\n')) {
      const [, key = '', value] = /^(populated|frozen) ([01])$/.exec(line) ?? [];
      if (key !== '') out.gauge(`cgroup ${key}`, 'count', Number(value));
      else if (line !== '') out.skip();
    }
  },
};
