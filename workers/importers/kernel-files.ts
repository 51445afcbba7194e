import { cgroupFile } from '../../model/cgroup-file.ts';
import { copiedFile } from '../../model/copied-file.ts';
import { knobs, SETTING } from '../../model/knobs.ts';
import type { SeriesKind } from '../../model/recording-tables.ts';
import type { TraceBuilder } from '../../model/trace-builder.ts';
import { utf8 } from '../bytes.ts';
import type { Importer, Source } from './importer.ts';
import { kernelFiles } from './kernel-files/index.ts';
import type { Entity, KernelFile, KernelFileWriter } from './kernel-files/kernel-file.ts';
import { snapshotTime } from './snapshot-time.ts';

/** Formats of /proc that have importers of their own, as they are also printed again and again into one file. */
const readElsewhere = /^\/proc\/(?:diskstats|loadavg)$/;
/** Nobody lists more than the value of a knob in a file of its own. */
const LONGEST_SETTING = 400;

/** Byte-exact copies of files of /proc and /sys, control groups included: what they count, and what knobs are set to. */
export const kernelFilesImporter: Importer = {
  id: 'kernel-files',
  title: 'copies of files of /proc and /sys, control groups included',
  captureWith: 'for f in stat meminfo vmstat pressure/cpu; do cat /proc/$f > proc@$(echo $f | tr / @); done',
  sniff(head, name) {
    const text = utf8(head, 0, head.length);
    return find(text, name) === undefined ? 'no' : 'yes';
  },
  open: (out, source) => (bytes) => parse(out, source, utf8(bytes, 0, bytes.length)),
};

/** Who reads a copy: by its path where the name tells it, else by its content. */
function find(text: string, name: string): KernelFile | 'setting' | undefined {
  if (text.includes('\0')) return undefined;
  const path = copiedFile(name)?.path;
  if (path !== undefined && readElsewhere.test(path)) return undefined;
  if (path !== undefined) {
    const own = kernelFiles.find(
      (each) => each.path?.test(path) && (each.content === undefined || each.content(text)),
    );
    if (own !== undefined) return own;
  }
  const byContent = kernelFiles.find((each) => each.content?.(text));
  if (byContent !== undefined) return byContent;
  return path !== undefined && isSetting(path, text) ? 'setting' : undefined;
}

/** One short line below /sys or /proc/sys is a knob, or something that never changes. */
function isSetting(path: string, text: string): boolean {
  if (knobs.some((knob) => knob.path.test(path) && knob.line?.test(text))) return true;
  return (
    /^\/(?:sys\/|proc\/(?:sys\/|irq\/|cmdline$|\d+\/(?:task\/\d+\/)?comm$))/.test(path) &&
    text.length <= (path === '/proc/cmdline' ? 4096 : LONGEST_SETTING) &&
    // An empty one says that there is none: no CPU offline, no limit.
    /^[^\n]*\n?$/.test(text)
  );
}

function parse(out: TraceBuilder, source: Source, text: string): void {
  const file = find(text, source.name);
  const writer = new Writer(out, source);
  if (file === undefined) {
    out.skip(0);
    return;
  }
  const knob = knobs.find(({ path }) => path.test(writer.path));
  const told = knob?.line === undefined ? undefined : knob.line.exec(text)?.[1];
  if (told !== undefined) writer.setting(told);
  if (file === 'setting') {
    if (text.trim() === '') out.counts.ignored++;
    else if (told === undefined) writer.setting(text.trim());
  } else file.read(text, writer);
}

class Writer implements KernelFileWriter {
  readonly path: string;
  readonly file: string;
  readonly cgroup;
  readonly #out: TraceBuilder;
  readonly #time: number;

  constructor(out: TraceBuilder, source: Source) {
    this.#out = out;
    this.file = source.name;
    this.path = copiedFile(source.name)?.path ?? '';
    this.cgroup = cgroupFile(this.path);
    const time = snapshotTime(source.name);
    this.#time = time?.mono ?? Number.NaN;
    if (time !== undefined) out.clock = 'mono';
  }

  gauge(name: string, unit: string, value: number, of?: Entity): void {
    this.#reading(name, unit, value, 'gauge', of);
  }

  cumulative(name: string, unit: string, value: number, of?: Entity): void {
    this.#reading(name, unit, value, 'cumulative', of);
  }

  fact(key: string, value: string): void {
    this.#out.fact(key, value);
    this.#out.counts.records++;
  }

  setting(value: string, path = this.path): void {
    this.#out.fact(SETTING + path, value);
    this.#out.counts.records++;
  }

  skip(): void {
    this.#out.skip(0);
  }

  ignore(): void {
    this.#out.counts.ignored++;
  }

  #reading(name: string, unit: string, value: number, kind: SeriesKind, of?: Entity): void {
    if (!Number.isFinite(value)) {
      this.skip();
      return;
    }
    const entity = of ?? (this.cgroup === undefined ? host : { kind: 'cgroup', name: this.cgroup.cgroup });
    this.#out.counter(name, unit, entity.kind, entity.name, this.#time, value, kind);
    this.#out.counts.records++;
  }
}

const host: Entity = { kind: 'host', name: '' };
