import { describe, expect, it } from 'vitest';
import { Context } from '../../analyzers/context.ts';
import { kvmTotals } from '../../analyzers/kvm/totals.ts';
import { KVM_EMPTY_TOTALS } from '../../model/kvm-series.ts';
import { Problem } from '../../model/problem.ts';
import { kernelFilesImporter } from '../../workers/importers/kernel-files.ts';
import { importRun } from '../support/import.ts';
import { valuesOf } from '../support/series.ts';

const read = (text: string, name = 'x.txt') => importRun([kernelFilesImporter, Buffer.from(text), name]);

describe('what is left of KVM without its events', () => {
  it('totals without a value are told, not skipped', () => {
    const trace = read('blocking 0\nexits \nhalt_exits \nio_exits 7\nodd line here\n', 'totals.t0.txt');
    expect(trace.imports[0]).toMatchObject({ skipped: 1, ignored: 2 });
    expect(valuesOf(trace, KVM_EMPTY_TOTALS, '', 'host')).toEqual([2]);
    expect(valuesOf(trace, 'kvm total io_exits', '', 'host')).toEqual([7]);
    expect(kvmTotals.run(new Context(trace)).findings[0]?.claim).toMatch(/^Not enough data: 2 totals/);
  });

  it('exits counted by hand', () => {
    const trace = read('    250 KVM_EXIT_IO\n      3 KVM_EXIT_MMIO\n');
    const { metrics } = kvmTotals.run(new Context(trace));
    expect(metrics.map(({ id, labels, value }) => [id, labels.reason, value])).toEqual([
      ['kvm.counted.exits', 'KVM_EXIT_IO', 250],
      ['kvm.counted.exits', 'KVM_EXIT_MMIO', 3],
    ]);
  });

  it('an error of perf is called one', () => {
    const text =
      "  Error: unknown switch `i'\n\n Usage: perf kvm stat report [<options>]\n\n    -f, --force   x\n";
    expect(() => read(text)).toThrow(Problem);
    expect(() => read(text)).toThrow(
      /an error of perf and no report \(unknown switch `i'\); run perf kvm stat report again/,
    );
  });
});
