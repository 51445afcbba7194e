import { kvmReportSeries, kvmTotal } from '../../../model/kvm-series.ts';
import type { KernelFile } from './kernel-file.ts';

const topLevel = /^\/sys\/kernel\/debug\/kvm\/(\w+)$/;
/** Counts that go up and down, or are largest values. */
const gauges = /^(?:guest_mode|blocking|pages_\w+|nx_lpage_splits|mmu_unsync|max_\w+)$/;

/** One total of /sys/kernel/debug/kvm, all guests: a number in a file. Kernels without it print nothing. */
export const kvmTotalFile: KernelFile = {
  id: '/sys/kernel/debug/kvm/*',
  path: topLevel,
  read(text, out) {
    const key = topLevel.exec(out.path)?.[1] ?? '';
    if (!/^\d+\s*$/.test(text)) out.skip();
    else if (gauges.test(key)) out.gauge(kvmTotal(key), 'count', Number(text));
    else out.cumulative(kvmTotal(key), 'count', Number(text));
  },
};

/** All of them as `name value`, one a line, as kvm_stat(1) and loops over the directory print them. */
export const kvmTotals: KernelFile = {
  id: 'totals of /sys/kernel/debug/kvm as a list',
  content: (text) => /^halt_exits\b ?\d*$/m.test(text) && /^(?:exits|io_exits)\b ?\d*$/m.test(text),
  read(text, out) {
    for (const line of text.split('\n')) {
      const found = /^(\w+) (\d+)$/.exec(line.trim());
      if (found === null) {
        if (line.trim() !== '') out.skip();
      } else if (gauges.test(found[1] as string))
        out.gauge(kvmTotal(found[1] as string), 'count', Number(found[2]));
      else out.cumulative(kvmTotal(found[1] as string), 'count', Number(found[2]));
    }
  },
};

const reportLine =
  /^\s*(\S.*?)\s+(\d+)\s+([\d.]+)%\s+([\d.]+)%\s+([\d.]+)us\s+([\d.]+)us\s+([\d.]+)us(?:\s+\(.*\))?\s*$/;

/** `perf kvm stat report`: exits by reason with the time they took. */
export const kvmStatReport: KernelFile = {
  id: 'perf kvm stat report',
  content: (text) => /^\s*VM-EXIT\s+Samples\s+Samples%\s+Time%\s+Min Time\s+Max Time/m.test(text),
  read(text, out) {
    for (const line of text.split('\n')) {
      const found = reportLine.exec(line);
      if (found === null) {
        if (/^\s*\S+\s+\d+\s+[\d.]+%/.test(line)) out.skip();
        continue;
      }
      const [, reason = '', count, , , least, most, mean] = found;
      const us = (value: string | undefined): number => Number(value) * 1e3;
      out.gauge(kvmReportSeries('count', reason), 'count', Number(count));
      out.gauge(kvmReportSeries('shortest', reason), 'ns', us(least));
      out.gauge(kvmReportSeries('longest', reason), 'ns', us(most));
      out.gauge(kvmReportSeries('mean', reason), 'ns', us(mean));
    }
  },
};
