// Writes events of the block layer, as perf script prints them, as the files blktrace would have written
// (version 7, include/uapi/linux/blktrace_api.h): its tools read nothing else.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';

const RECORD = 48;
const MAGIC = 0x65617407;
const actions = {
  bio_queue: 1,
  bio_backmerge: 2,
  bio_frontmerge: 3,
  getrq: 4,
  rq_requeue: 6,
  rq_issue: 7,
  rq_complete: 8,
  plug: 9,
  unplug: 10,
  rq_insert: 12,
  split: 13,
};
/** __blk_add_trace: what went past the queue, and what its letters say. */
const WRITE = 2;
const SYNC = 8;
const QUEUED = 0x10;
const REQUEUED = 0x20;
const ISSUED = 0x40;
const COMPLETED = 0x80;
const stages = { 6: REQUEUED, 7: ISSUED, 8: COMPLETED };
const line =
  /^\s*(.*?)\s+(\d+) \[(\d+)\]\s+(\d+)\.(\d+):\s+block:block_(\w+): (?:(\d+),(\d+) (\w+) (?:\d+ )?(?:\(\) )?(\d+) \+ (\d+)|\[)/;

/**
 * Writes `${base}.blktrace.N`, one file a CPU, times counted from the first event.
 *
 * @param text path of what `perf script --ns` printed
 * @param base where the files go
 * @returns how many records were written, and for how many CPUs
 */
export async function writeBlktrace(text, base) {
  const files = new Map();
  const named = new Set();
  let [first, records] = [undefined, 0];
  const fileOf = async (cpu) => {
    if (!files.has(cpu))
      files.set(cpu, { handle: await open(`${base}.blktrace.${cpu}`, 'w'), parts: [], bytes: 0 });
    return files.get(cpu);
  };
  const flush = async (file) => {
    await file.handle.write(Buffer.concat(file.parts));
    file.parts = [];
    file.bytes = 0;
  };
  for await (const read of createInterface({
    input: createReadStream(text),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    const found = line.exec(read);
    const action = found === null ? undefined : actions[found[6]];
    if (action === undefined) continue;
    const [
      ,
      comm,
      pid,
      cpu,
      seconds,
      fraction,
      ,
      major = '7',
      minor = '0',
      letters = '',
      sector = '0',
      sectors = '0',
    ] = found;
    const time = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
    first ??= time;
    const file = await fileOf(Number(cpu));
    const write = (act, payload) => {
      const bytes = Buffer.alloc(RECORD + payload.length);
      bytes.writeUInt32LE(MAGIC, 0);
      bytes.writeUInt32LE(++records, 4);
      bytes.writeBigUInt64LE(time - first, 8);
      bytes.writeBigUInt64LE(BigInt(sector), 16);
      bytes.writeUInt32LE(Number(sectors) * 512, 24);
      bytes.writeUInt32LE(act, 28);
      bytes.writeUInt32LE(Number(pid), 32);
      bytes.writeUInt32LE(((Number(major) << 20) | Number(minor)) >>> 0, 36);
      bytes.writeUInt32LE(Number(cpu), 40);
      bytes.writeUInt16LE(payload.length, 46);
      payload.copy(bytes, RECORD);
      file.parts.push(bytes);
      file.bytes += bytes.length;
    };
    // BLK_TN_PROCESS: a thread's name comes before its first event.
    if (!named.has(pid)) {
      named.add(pid);
      write(0x400 << 16, Buffer.from(comm.padEnd(16, '\0').slice(0, 16)));
    }
    const categories =
      (letters.includes('W') ? WRITE : 1) | (letters.includes('S') ? SYNC : 0) | (stages[action] ?? QUEUED);
    write(
      ((categories << 16) | action) >>> 0,
      action === 10 ? Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]) : Buffer.alloc(0),
    );
    if (file.bytes > 1 << 20) await flush(file);
  }
  for (const file of files.values()) {
    await flush(file);
    await file.handle.close();
  }
  return { records, cpus: files.size };
}
