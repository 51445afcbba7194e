import { describe, expect, it } from 'vitest';
import { stealFindings } from '../../../analyzers/compare/steal.ts';
import { Context } from '../../../analyzers/context.ts';
import { vcpuWait } from '../../../analyzers/kvm/vcpu-wait.ts';
import type { Metric } from '../../../model/metric.ts';
import type { SavedRun } from '../../../model/saved-run.ts';
import { kernelFilesImporter } from '../../../workers/importers/kernel-files.ts';
import { importRun } from '../../support/import.ts';

interface Vcpu {
  readonly tid: number;
  readonly comm: string;
  readonly guest: number;
  readonly wait: number;
}

/** Two copies, 30 s apart, of threads of process 400. */
function contextOf(vcpus: readonly Vcpu[]): Context {
  const files = [0, 1].flatMap((i) =>
    vcpus.flatMap(({ tid, comm, guest, wait }) => {
      const folder = `snap-00${i}_${(10 + 30 * i).toFixed(2)}/proc@400@task@${tid}@`;
      const zeros = Array.from({ length: 39 }, () => 0).join(' ');
      return [
        [kernelFilesImporter, Buffer.from(`${5e9 * i} ${wait * 1e9 * i} 9\n`), `${folder}schedstat`] as const,
        // Field 43, of 3 … 43 in front of which stand state and 39 zeros.
        [
          kernelFilesImporter,
          Buffer.from(`${tid} (${comm}) R ${zeros} ${guest * i}\n`),
          `${folder}stat`,
        ] as const,
      ];
    }),
  );
  return new Context(importRun(...files));
}

const met = (context: Context): boolean => vcpuWait.needs.every((need) => need.met(context.trace, context));

describe('steal from the host', () => {
  it('is what vCPU threads waited for, over all of their time', () => {
    // 3 s + 1.5 s of 2 · 30 s; the worker of the monitor is no vCPU.
    const { metrics, findings } = vcpuWait.run(
      contextOf([
        { tid: 401, comm: 'CPU 0/KVM', guest: 0, wait: 3 },
        { tid: 402, comm: 'qemu-system-x86', guest: 700, wait: 1.5 },
        { tid: 403, comm: 'IO iothread1', guest: 0, wait: 20 },
      ]),
    );
    expect(metrics.map(({ id, labels, value }) => [id, labels.thread ?? labels.pid, value])).toEqual([
      ['kvm.vcpu.wait', '400/401', 0.1],
      ['kvm.vcpu.wait', '400/402', 0.05],
      ['kvm.steal.expected', '400', 0.075],
    ]);
    expect(findings[0]).toMatchObject({
      severity: 'warning',
      claim: expect.stringContaining('2 vCPU threads wait'),
    });
    expect(findings[0]?.caveats.at(-1)).toBe('1 of 2 threads are told by their name alone');
  });

  it('threads that run no guest are none', () => {
    expect(met(contextOf([{ tid: 9, comm: 'vcpumask', guest: 0, wait: 9 }]))).toBe(false);
    expect(met(contextOf([{ tid: 9, comm: 'fc_vcpu 0', guest: 0, wait: 9 }]))).toBe(true);
  });
});

describe('a guest beside its host', () => {
  const group = (
    name: string,
    ...metrics: readonly (readonly [id: string, value: number, pid?: string])[]
  ) => ({
    name,
    runs: [
      {
        metrics: metrics.map(
          ([id, value, pid]): Metric => ({
            id,
            labels: pid === undefined ? {} : { pid },
            value,
            unit: 'share',
            better: 'lower',
            n: 2,
          }),
        ),
      } as unknown as SavedRun,
    ],
  });
  const host = group('host', ['kvm.steal.expected', 0.12, '400'], ['steal.share', 0]);
  const claim = (steal: number): string =>
    stealFindings([host, group('guest', ['steal.share', steal])])[0]?.claim ?? '';

  it('both count the same loss, or one of them hides something', () => {
    expect(claim(0.115)).toContain('one and the same loss');
    expect(claim(0)).toContain('the guest does not see all of it');
    expect(claim(0.3)).toContain('more than the host explains');
  });

  it('with several guests nothing tells which it is; two guests alone are no pair', () => {
    const two = group('host', ['kvm.steal.expected', 0.12, '400'], ['kvm.steal.expected', 0.02, '500']);
    expect(stealFindings([two, group('guest', ['steal.share', 0.12])])[0]?.claim).toContain('several guests');
    expect(stealFindings([group('a', ['steal.share', 0.1]), group('b', ['steal.share', 0.2])])).toEqual([]);
  });
});
