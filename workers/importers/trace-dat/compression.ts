import { inflateSync } from 'node:zlib';
import { decompress } from 'fzstd';
import { Problem } from '../../../model/problem.ts';

/** Largest chunk believed: trace-cmd writes some MB at a time. */
const LARGEST = 1 << 28;

/** One chunk of a version 7 file; `size` is what it says it unpacks to. */
export function decompressChunk(algorithm: string, packed: Uint8Array, size: number): Uint8Array {
  if (size > LARGEST) throw damaged(algorithm);
  try {
    if (algorithm === 'zlib') return inflateSync(packed, { maxOutputLength: Math.max(1, size) });
    // With a buffer of the size it is said to have, a frame that lies about itself cannot ask for more.
    if (algorithm === 'zstd') return decompress(packed, new Uint8Array(size));
    if (algorithm === 'none') return packed;
  } catch {
    throw damaged(algorithm);
  }
  throw new Problem({
    code: 'unsupported-format',
    message: `is compressed with ${algorithm}, which vtune does not know`,
    hint: 'trace-cmd convert --compression none -i trace.dat -o plain.dat',
  });
}

function damaged(algorithm: string): Problem {
  return new Problem({
    code: 'broken',
    message: `holds ${algorithm} data that cannot be unpacked`,
    hint: 'copy the file again, whole; or give the text of trace-cmd report',
  });
}
