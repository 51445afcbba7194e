import type { TraceBuilder } from '../../model/trace-builder.ts';
import { latin1 } from '../bytes.ts';
import type { Importer, Source } from './importer.ts';
import { snapshotTime } from './snapshot-time.ts';

/** One file of the kernel that tells what state the host was in. */
interface HostFile {
  readonly id: string;
  readonly matches: (text: string, name: string) => boolean;
  /** Returns the number of entries read. */
  readonly read: (text: string, name: string, file: (reading: Reading) => void, out: TraceBuilder) => number;
}

interface Reading {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly entity?: string;
  readonly entityName?: string;
}

/** proc_stat(5): ticks of USER_HZ since boot, all CPUs together. */
const cpuStates = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const;
const pressureLine = /^(some|full) avg10=([\d.]+) avg60=[\d.]+ avg300=[\d.]+ total=(\d+)$/;
const governors = /^(?:performance|powersave|schedutil|ondemand|conservative|userspace)\n?$/;

const hostFiles: readonly HostFile[] = [
  {
    id: '/proc/stat',
    matches: (text) => /^cpu {2}\d+(?: \d+){3,}\n/.test(text),
    read(text, _name, file) {
      const ticks = text.slice(0, text.indexOf('\n')).trim().split(/\s+/).slice(1).map(Number);
      cpuStates.forEach((state, i) => {
        file({ name: `cpu time ${state}`, unit: 'ticks', value: ticks[i] ?? 0 });
      });
      const cpus = [...text.matchAll(/^cpu\d+ /gm)].length;
      if (cpus > 0) file({ name: 'cpus', unit: 'count', value: cpus });
      return 1;
    },
  },
  {
    id: '/proc/pressure',
    matches: (text) => pressureLine.test(text.slice(0, text.indexOf('\n'))),
    read(text, name, file) {
      const entityName =
        /pressure[@_/](cpu|io|memory|irq)/.exec(name)?.[1] ??
        /(cpu|io|memory|irq)\.pressure/.exec(name)?.[1] ??
        'unknown';
      const rows = text.split('\n').map((line) => pressureLine.exec(line.trim()));
      for (const row of rows) {
        if (row === null) continue;
        file({
          name: `pressure ${row[1]}`,
          unit: 'ns',
          value: Number(row[3]) * 1e3,
          entity: 'pressure',
          entityName,
        });
        file({
          name: `pressure ${row[1]} avg10`,
          unit: 'share',
          value: Number(row[2]) / 100,
          entity: 'pressure',
          entityName,
        });
      }
      return rows.filter((row) => row !== null).length;
    },
  },
  {
    id: '/proc/cpuinfo',
    matches: (text) =>
      /^processor\s*: \d+\n(?:.*\n)*?(?:model name|BogoMIPS|CPU implementer|cpu)\s*:/.test(
        text.slice(0, 4096),
      ),
    read(text, _name, file, out) {
      const model = /^(?:model name|cpu)\s*: (.+)$/m.exec(text)?.[1];
      if (model !== undefined) out.fact('cpudesc', model.trim());
      const processors = [...text.matchAll(/^processor\s*: \d+$/gm)].length;
      out.fact('nrcpus online', String(processors));
      const clocks = [...text.matchAll(/^cpu MHz\s*: ([\d.]+)$/gm)].map((found) => Number(found[1]));
      clocks.forEach((mhz, cpu) => {
        file({ name: 'cpu frequency', unit: 'hz', value: mhz * 1e6, entity: 'cpu', entityName: String(cpu) });
      });
      return processors;
    },
  },
  {
    id: '/proc/version',
    matches: (text) => /^Linux version \S+ /.test(text),
    read(text, _name, _file, out) {
      out.fact('os release', text.split(' ')[2] ?? '');
      return 1;
    },
  },
  {
    id: 'scaling_governor',
    matches: (text) => governors.test(text),
    read(text, _name, _file, out) {
      out.fact('governor', text.trim());
      return 1;
    },
  },
  {
    id: 'scaling_cur_freq',
    matches: (text, name) => /(?:scaling_cur|cpuinfo_cur)_freq/.test(name) && /^\d+\n?$/.test(text),
    read(text, name, file) {
      const cpu = /cpu(\d+)[@/_]cpufreq/.exec(name)?.[1] ?? '';
      file({ name: 'cpu frequency', unit: 'hz', value: Number(text) * 1e3, entity: 'cpu', entityName: cpu });
      return 1;
    },
  },
];

/** Byte-exact copies of small files of /proc and /sys that say what state the host was in. */
export const hostFilesImporter: Importer = {
  id: 'host-files',
  title:
    'copies of /proc/stat, /proc/pressure/*, /proc/cpuinfo, /proc/version, cpufreq governors and frequencies',
  captureWith: 'for f in stat cpuinfo version pressure/cpu; do cat /proc/$f > proc@$(echo $f | tr / @); done',
  sniff: (head, name) => (find(latin1(head, 0, head.length), name) === undefined ? 'no' : 'yes'),
  open: (out, source) => (bytes) => parse(out, source, latin1(bytes, 0, bytes.length)),
};

function find(text: string, name: string): HostFile | undefined {
  return hostFiles.find(({ matches }) => matches(text, name));
}

function parse(out: TraceBuilder, source: Source, text: string): void {
  const file = find(text, source.name);
  if (file === undefined) {
    out.skip(0);
    return;
  }
  const time = snapshotTime(source.name);
  if (time !== undefined) out.clock = 'mono';
  out.counts.records += file.read(
    text,
    source.name,
    ({ name, unit, value, entity = 'host', entityName = '' }) =>
      out.counter(name, unit, entity, entityName, time?.mono ?? Number.NaN, value),
    out,
  );
}
