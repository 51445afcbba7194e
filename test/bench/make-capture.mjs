// Makes a large perf script text from a real capture: the capture again and again, each time later,
// until it has so many bytes. With --aslr every repetition also has its own user addresses, as if it
// were made of ever new processes: the worst case for anything that remembers lines.

import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Writes at least `bytes` bytes of text to `path`; returns how many. */
export async function makeCapture(path, capture, bytes, aslr = false) {
  const text = gunzipSync(readFileSync(capture))
    .toString('latin1')
    .replace(/^#.*\n/gm, '')
    .replace(/\n*$/, '\n\n');
  const times = [...text.matchAll(/^\S.*?\s(\d+\.\d+):/gm)].map((match) => Number(match[1]));
  const length = Math.max(...times) - Math.min(...times) + 1;
  const out = createWriteStream(path);
  let written = 0;
  for (let round = 0; written < bytes; round++) {
    let block = text.replace(
      /^(\S.*?\s)(\d+)(\.\d+:)/gm,
      (_, head, seconds, rest) => `${head}${Number(seconds) + Math.ceil(round * length)}${rest}`,
    );
    if (aslr) {
      const shift = BigInt(round) << 12n;
      block = block.replace(/^(\s+)([0-9a-f]+) /gm, (line, blanks, hex) => {
        const address = BigInt(`0x${hex}`);
        if (address >= 0xffff000000000000n || address < 0x1000n) return line;
        const moved = (address + shift).toString(16);
        return `${blanks}${moved.padStart(hex.length)} `;
      });
    }
    written += block.length;
    if (!out.write(block, 'latin1')) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
  return written;
}
