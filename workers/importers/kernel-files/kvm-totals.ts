import { KVM_COUNTED, KVM_EMPTY_TOTALS, kvmReportSeries, kvmTotal } from '../../../model/kvm-series.ts';
import { Problem } from '../../../model/problem.ts';
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

/**
 * All of them as `name value`, one a line, as kvm_stat(1) and loops over the directory print them. A name alone is a file
 * that could not be read: modules that keep no such total refuse (EINVAL).
 */
export const kvmTotals: KernelFile = {
  id: 'totals of /sys/kernel/debug/kvm as a list',
  content: (text) => /^halt_exits\b ?\d*$/m.test(text) && /^(?:exits|io_exits)\b ?\d*$/m.test(text),
  read(text, out) {
    let empty = 0;
    for (const line of text.split('\n')) {
      const found = /^(\w+) (\d+)$/.exec(line.trim());
      if (found === null) {
        if (/^\w+$/.test(line.trim())) {
          empty++;
          out.ignore();
        } else if (line.trim() !== '') out.skip();
      } else if (gauges.test(found[1] as string))
        out.gauge(kvmTotal(found[1] as string), 'count', Number(found[2]));
      else out.cumulative(kvmTotal(found[1] as string), 'count', Number(found[2]));
    }
    out.gauge(KVM_EMPTY_TOTALS, 'count', empty);
  },
};

/** Exits to user space counted from a trace, `sort | uniq -c`: `    250 KVM_EXIT_IO`. */
export const kvmExitCounts: KernelFile = {
  id: 'exits by reason as uniq -c counts them',
  content: (text) => {
    const lines = text.trimEnd().split('\n');
    return lines.every((line) => /^ *\d+ KVM_EXIT_[A-Z0-9_]+$/.test(line));
  },
  read(text, out) {
    for (const [, count, reason = ''] of text.matchAll(/^\s*(\d+) (KVM_EXIT_\w+)$/gm))
      out.gauge(KVM_COUNTED + reason, 'count', Number(count));
  },
};

const perfError = /^\s*Error: (.+)\n\s*Usage: (perf [a-z][a-z -]*)/;

/** What perf printed instead of a report. */
export const perfUsage: KernelFile = {
  id: 'error of perf in place of its output',
  content: (text) => perfError.test(text),
  read(text) {
    const [, error = '', command = 'perf'] = perfError.exec(text) ?? [];
    throw new Problem({
      code: 'unsupported-format',
      message: `holds an error of perf and no report (${error.trim()})`,
      hint: `run ${command.trim()} again without that switch; perf of this kernel may not know it`,
    });
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
