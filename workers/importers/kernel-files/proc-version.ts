import type { KernelFile } from './kernel-file.ts';

/** `Linux version 6.1.0-56-cloud-amd64 (…)`; what `uname -a` prints of the same. */
const release = /^Linux version (\S+) |^Linux \S+ (\d+\.\d+\S*) #/;

/** The kernel's release. */
export const procVersion: KernelFile = {
  id: '/proc/version, uname -a',
  content: (text) => release.test(text),
  read(text, out) {
    const found = release.exec(text);
    out.fact('os release', found?.[1] ?? found?.[2] ?? '');
  },
};
