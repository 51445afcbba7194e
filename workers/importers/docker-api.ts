import type { TraceBuilder } from '../../model/trace-builder.ts';
import { latin1, utf8 } from '../bytes.ts';
import { fileApiReading } from './docker/api-reading.ts';
import { objectsIn } from './docker/objects-in.ts';
import type { Importer } from './importer.ts';

const BRACE = 0x7b;

/** Answers of the Docker Engine API to `GET /containers/ID/stats`: an object a second, or one; jq's print of them too. */
export const dockerApi: Importer = {
  id: 'docker-api',
  title: 'Docker Engine API: /containers/ID/stats, one object or a stream',
  captureWith:
    'timeout 60 curl -sN --unix-socket /var/run/docker.sock http://localhost/containers/NAME/stats > docker-NAME.json',
  sniff: (head) => {
    const text = latin1(head, 0, Math.min(head.length, 32_768));
    return /^\s*\[?\s*\{/.test(text) && /"cpu_stats"\s*:/.test(text) && /"precpu_stats"\s*:/.test(text)
      ? 'yes'
      : 'no';
  },
  // Nested objects that begin a line are indented.
  isRecordStart: (bytes, at) => bytes[at] === BRACE,
  open: (out) => (bytes, offset) => parse(out, bytes, offset),
};

function parse(out: TraceBuilder, bytes: Uint8Array, offset: number): void {
  const text = utf8(bytes, 0, bytes.length);
  const firstObject = offset === 0 ? text.indexOf('{') : -1;
  for (const { from, to } of objectsIn(text)) {
    // One that was being written when the stream was cut is the rest of the file.
    if (Number.isNaN(to) || !readObject(out, text.slice(from, to), offset + from === firstObject))
      out.skip(offset + Buffer.byteLength(text.slice(0, from)));
  }
}

function readObject(out: TraceBuilder, text: string, isFirst: boolean): boolean {
  try {
    return fileApiReading(out, JSON.parse(text), isFirst);
  } catch {
    return false;
  }
}
