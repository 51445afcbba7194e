import { type BlockPhase, blockFlag, blockOpId, blockPhaseId } from '../../../model/io-tables.ts';
import { Problem } from '../../../model/problem.ts';
import type { TraceBuilder } from '../../../model/trace-builder.ts';
import type { Source } from '../importer.ts';
import { BlockEvent, sectorOf } from '../trace-event/block-event.ts';
import { act, byteOrder, CGROUP, category, HEADER, MAGIC, notice, VERSION } from './record.ts';

const phases: Readonly<Record<number, BlockPhase>> = {
  [act.queue]: 'queue',
  [act.backMerge]: 'merge',
  [act.frontMerge]: 'front merge',
  [act.getrq]: 'getrq',
  [act.sleep]: 'sleep',
  [act.requeue]: 'requeue',
  [act.issue]: 'issue',
  [act.complete]: 'complete',
  [act.plug]: 'plug',
  [act.unplug]: 'unplug',
  [act.unplugTimer]: 'unplug',
  [act.insert]: 'insert',
  [act.split]: 'split',
  [act.bounce]: 'bounce',
  [act.remap]: 'remap',
};

/** Names blktrace gives its files when it is not told another: those of disks, `/` written `!`. */
const diskFile =
  /(?:^|[/!])((?:(?:sd|vd|hd|xvd)[a-z]+|nvme\d+n\d+|(?:loop|dm-|md|sr|ram|zram|nbd|rbd|pmem|bcache|mmcblk)\d+|(?:cciss|ida|rd)!c\d+d\d+)(?:p?\d+)?)\.blktrace\.\d+(?:\.\w+)?$/;

/**
 * Reads the records of one file. A file knows the name of a process only where it was first seen,
 * perhaps in the file of another CPU, so events name threads by id and notices give ids a name.
 */
export class BlktraceReader {
  readonly #out: TraceBuilder;
  readonly #source: Source;
  readonly #event = new BlockEvent();
  readonly #names = new Map<BlockPhase, number>();
  #devices = new Set<number>();

  constructor(out: TraceBuilder, source: Source) {
    this.#out = out;
    this.#source = source;
    out.clock = 'blktrace';
  }

  read(bytes: Uint8Array, offset: number): void {
    const order = byteOrder(this.#source.head);
    if (order === undefined) throw this.#broken('begins with no blktrace record', 0);
    const little = order === 'little';
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0; at < bytes.length; ) {
      if (at + HEADER > bytes.length) {
        this.#out.skip(at + offset);
        return;
      }
      const magic = view.getUint32(at, little);
      if (magic >>> 8 !== MAGIC >>> 8) {
        this.#out.skip(at + offset);
        at = nextRecord(view, at + 1, little);
        continue;
      }
      if ((magic & 0xff) !== VERSION) {
        throw this.#broken(
          `is of blktrace version ${magic & 0xff}, and version ${VERSION} is read`,
          at + offset,
        );
      }
      const payload = view.getUint16(at + 46, little);
      const end = at + HEADER + payload;
      if (end > bytes.length || !this.#record(view, bytes, at, end, little)) this.#out.skip(at + offset);
      at = end;
    }
  }

  #record(view: DataView, bytes: Uint8Array, at: number, end: number, little: boolean): boolean {
    const action = view.getUint32(at + 28, little);
    const categories = action >>> 16;
    const kind = action & 0xff;
    const payload = at + HEADER + ((action & CGROUP) === 0 ? 0 : 8);
    const time = Number(view.getBigUint64(at + 8, little));
    const pid = view.getInt32(at + 32, little);
    const cpu = view.getUint32(at + 40, little);
    if ((categories & category.notify) !== 0) return this.#notice(bytes, kind, payload, end, pid, time, cpu);
    const phase = phases[kind];
    // Driver data and aborted requests belong to no step.
    if (phase === undefined) {
      this.#out.counts.ignored++;
      return true;
    }
    const event = this.#event;
    event.clear();
    event.time = time;
    event.phase = blockPhaseId[phase];
    event.device = view.getUint32(at + 36, little);
    event.sector = sectorOf(Number(view.getBigUint64(at + 16, little)));
    event.bytes = view.getUint32(at + 24, little);
    event.cpu = cpu;
    // An errno stored in 16 bits, negative.
    event.error = (view.getUint16(at + 44, little) << 16) >> 16;
    event.sequence = view.getUint32(at + 4, little);
    event.op = opOf(categories, event.bytes);
    event.flags = flagsOf(categories);
    event.thread = this.#out.thread(-1, pid, 0, time);
    if (!this.#payload(view, payload, end, phase)) return false;
    this.#nameDevice(event.device);
    event.file(this.#out);
    this.#count(phase);
    return true;
  }

  /** What an action carries is big-endian whatever the file is (kernel/trace/blktrace.c). */
  #payload(view: DataView, from: number, end: number, phase: BlockPhase): boolean {
    const event = this.#event;
    if (phase === 'split') {
      if (from + 8 > end) return false;
      event.otherSector = sectorOf(Number(view.getBigUint64(from)));
    } else if (phase === 'remap') {
      if (from + 16 > end) return false;
      event.otherDevice = view.getUint32(from);
      event.otherSector = sectorOf(Number(view.getBigUint64(from + 8)));
    } else if (phase === 'unplug' && from + 8 <= end) {
      event.bytes = Number(view.getBigUint64(from));
    }
    return true;
  }

  #notice(
    bytes: Uint8Array,
    kind: number,
    from: number,
    end: number,
    pid: number,
    time: number,
    cpu: number,
  ): boolean {
    const { strings, events } = this.#out;
    let to = from;
    while (to < end && bytes[to] !== 0) to++;
    this.#out.counts.records++;
    if (kind === notice.process) this.#out.thread(-1, pid, strings.intern(bytes, from, to), time);
    else if (kind === notice.message) {
      const event = events.intern({ name: strings.internText('blktrace message') });
      this.#out.mark(time, cpu, 0, event, strings.intern(bytes, from, to));
    }
    return kind <= notice.message;
  }

  /** The name of the file is the name of the device, unless blktrace was given another with -o. */
  #nameDevice(device: number): void {
    if (this.#devices.has(device)) return;
    this.#devices.add(device);
    const name = diskFile.exec(this.#source.name)?.[1];
    if (name !== undefined)
      this.#out.fact(`block device ${device >>> 20},${device & 0xfffff}`, name.replace('!', '/'));
  }

  #count(phase: BlockPhase): void {
    let event = this.#names.get(phase);
    if (event === undefined) {
      event = this.#out.events.intern({ name: this.#out.strings.internText(`blktrace ${phase}`) });
      this.#names.set(phase, event);
    }
    this.#out.countEvent(event);
  }

  #broken(message: string, offset: number): Problem {
    return new Problem({
      code: 'unsupported-format',
      message,
      file: this.#source.name,
      offset,
      hint: 'read it with blkparse where it was recorded: blkparse -i NAME > blkparse.txt',
    });
  }
}

/** Where the next record may begin, behind bytes that are none; the end when nowhere. */
function nextRecord(view: DataView, from: number, little: boolean): number {
  for (let at = from; at + HEADER <= view.byteLength; at++)
    if (view.getUint32(at, little) === MAGIC + VERSION) return at;
  return view.byteLength;
}

/** As blkparse's fill_rwbs: discard before write; without bytes nothing is read. */
function opOf(categories: number, bytes: number): number {
  if ((categories & category.discard) !== 0) return blockOpId.discard;
  if ((categories & category.flush) !== 0 && bytes === 0) return blockOpId.flush;
  if ((categories & category.write) !== 0) return blockOpId.write;
  if ((categories & category.command) !== 0) return blockOpId.other;
  return bytes > 0 ? blockOpId.read : blockOpId.other;
}

function flagsOf(categories: number): number {
  const flag = (bit: number, value: number): number => ((categories & bit) === 0 ? 0 : value);
  return (
    flag(category.flush, blockFlag.preflush) |
    flag(category.fua, blockFlag.fua) |
    flag(category.ahead, blockFlag.readAhead) |
    flag(category.sync, blockFlag.sync) |
    flag(category.meta, blockFlag.meta)
  );
}
