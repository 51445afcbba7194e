import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';

/** Files of a .tar.gz whose names match, by name. */
export async function tarMembers(path: string, wanted: RegExp): Promise<Map<string, Buffer>> {
  const members = new Map<string, Buffer>();
  const archive = extract();
  archive.end(gunzipSync(readFileSync(path)));
  for await (const entry of archive) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    if (wanted.test(entry.header.name)) members.set(entry.header.name, Buffer.concat(chunks));
  }
  return members;
}
