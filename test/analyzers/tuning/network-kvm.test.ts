import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Context } from '../../../analyzers/context.ts';
import { vmExits } from '../../../analyzers/derived/kvm/exits.ts';
import {
  interruptCounts,
  softirqCounts,
  softnetCounts,
} from '../../../analyzers/derived/net/interrupt-counts.ts';
import { kvmExits } from '../../../analyzers/kvm/exits.ts';
import { kvmSteal } from '../../../analyzers/kvm/steal.ts';
import { kvmTotals } from '../../../analyzers/kvm/totals.ts';
import { interruptLoad } from '../../../analyzers/network/interrupts.ts';
import { tcpRetransmits } from '../../../analyzers/network/tcp.ts';
import { ftrace } from '../../../workers/importers/ftrace.ts';
import { kernelFilesImporter } from '../../../workers/importers/kernel-files.ts';
import { importRun } from '../../support/import.ts';
import { repo } from '../../support/paths.ts';

function copies(...files: readonly (readonly [name: string, text: string])[]): Context {
  return new Context(
    importRun(...files.map(([name, text]) => [kernelFilesImporter, Buffer.from(text), name] as const)),
  );
}
const real = (name: string): string => readFileSync(repo(`datasets/real/io-tuning/${name}.txt`), 'utf8');

describe('TCP', () => {
  const snmp = (sent: number, again: number): string =>
    `Tcp: RtoAlgorithm OutSegs RetransSegs InErrs\nTcp: 1 ${sent} ${again} 0\n`;
  const ratio = (context: Context) =>
    tcpRetransmits.run(context).metrics.find(({ id }) => id === 'tcp.retransmit_ratio')?.value;

  it('the ratio is of increases, keys matched by name', () => {
    const context = copies(
      ['before@proc@net@snmp', snmp(10_000, 500)],
      ['after@proc@net@snmp', 'Tcp: RetransSegs OutSegs\nTcp: 700 20000\n'],
    );
    expect(ratio(context)).toBe(200 / 10_000);
    const [found] = tcpRetransmits.run(context).findings;
    expect(found?.severity).toBe('warning');
    expect(found?.evidence[0]?.formula).toContain('= 2.0 %');
  });

  it('trap: one copy is since boot, and says so', () => {
    const context = copies(['proc@net@snmp', snmp(54_915_039, 227)]);
    expect(ratio(context)).toBe(227 / 54_915_039);
    expect(tcpRetransmits.run(context).findings[0]?.caveats[0]).toMatch(/since boot/);
  });

  it('trap: a ratio of few segments is no finding', () => {
    const context = copies(['before@proc@net@snmp', snmp(0, 0)], ['after@proc@net@snmp', snmp(10, 5)]);
    expect(tcpRetransmits.run(context).findings[0]).toMatchObject({
      severity: 'note',
      claim: expect.stringContaining('Not enough data'),
    });
  });

  it('trap: a full accept queue is the program, not the network', () => {
    const netstat = (n: number) => `TcpExt: SyncookiesSent ListenOverflows\nTcpExt: 0 ${n}\n`;
    const context = copies(
      ['before@proc@net@snmp', snmp(0, 0)],
      ['after@proc@net@snmp', snmp(9000, 0)],
      ['before@proc@net@netstat', netstat(3)],
      ['after@proc@net@netstat', netstat(10)],
    );
    const found = tcpRetransmits.run(context).findings.find(({ id }) => id.endsWith('listen-overflows'));
    expect(found).toMatchObject({ severity: 'warning', claim: expect.stringContaining('7 connections') });
  });

  it.each(['retransmitted', 'retransmited'])('netstat -s says it in words: %s', (word) => {
    const text = `Ip:\n    100 total packets received\nTcp:\n    5 active connection openings\n    20000 segments send out\n    100 segments ${word}\nTcpExt:\n    3 times the listen queue of a socket overflowed\n    TCPTimeouts: 9\n`;
    const context = copies(['netstat.txt', text]);
    expect(ratio(context)).toBe(0.005);
    const counts = tcpRetransmits.run(context).metrics.map(({ labels, value }) => [labels.key, value]);
    expect(counts).toContainEqual(['TCPTimeouts', 9]);
    expect(counts).toContainEqual(['ListenOverflows', 3]);
  });

  it('nstat, whose counts may be since its last call', () => {
    const text =
      '#kernel\nIpInReceives                    5                  0.0\nTcpOutSegs                      4000               0.0\nTcpRetransSegs                  8                  0.0\nTcpExtListenOverflows           2                  0.0\n';
    const context = copies(['nstat.txt', text]);
    expect(ratio(context)).toBe(0.002);
    expect(tcpRetransmits.run(context).findings[0]?.caveats[0]).toMatch(/one call of nstat/);
  });

  it('a recorded copy', () => {
    const text = real('snmp');
    const [keys = '', values = ''] = text.split('\n').filter((line) => line.startsWith('Tcp:'));
    const at = keys.split(' ').indexOf('OutSegs');
    const counts = tcpRetransmits.run(
      copies(['proc@net@snmp', text], ['proc@net@netstat', real('netstat')]),
    ).metrics;
    expect(counts.find(({ labels }) => labels.key === 'OutSegs')?.value).toBe(Number(values.split(' ')[at]));
    expect(counts.some(({ labels }) => labels.key === 'TCPTimeouts')).toBe(true);
  });
});

describe('interrupts', () => {
  const softirqs = (a: number, b: number) =>
    `                    CPU0       CPU1       \n      NET_TX:          0          0\n      NET_RX: ${a} ${b}\n`;
  const stat = (soft: number, idle: number) =>
    `cpu  0 0 0 ${idle} 0 0 ${soft} 0 0 0\ncpu0 0 0 0 0 0 0 0 0 0 0\ncpu1 0 0 0 ${idle} 0 0 ${soft} 0 0 0\nbtime 1\n`;

  it('a CPU with most of NET_RX that is busy with it is a bottleneck; with idle time it is not', () => {
    const of = (soft: number) =>
      interruptLoad.run(
        copies(
          ['before@proc@softirqs', softirqs(100, 100)],
          ['after@proc@softirqs', softirqs(200, 1000)],
          ['before@proc@stat', stat(0, 0)],
          ['after@proc@stat', stat(soft, 100 - soft)],
        ),
      ).findings[0];
    expect(of(30)).toMatchObject({
      severity: 'warning',
      claim: expect.stringContaining('CPU 1 handled 90.0 %'),
    });
    expect(of(30)?.claim).toContain('30.0 % of its time');
    expect(of(10)?.severity).toBe('note');
  });

  it('trap: rows of softnet_stat are hexadecimal and name no CPU before 5.10', () => {
    const row = (squeezed: string) =>
      `000000ff 00000000 ${squeezed} 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000`;
    const context = copies(
      ['before@proc@net@softnet_stat', `${row('00000000')}\n${row('00000001')}\n`],
      ['after@proc@net@softnet_stat', `${row('00000010')}\n${row('00000001')}\n`],
    );
    const counts = softnetCounts(context, 'time_squeeze');
    expect(counts?.total).toBe(16);
    expect([...(counts?.cpus.keys() ?? [])]).toEqual(['row 0', 'row 1']);
    const found = interruptLoad.run(context).findings.find(({ id }) => id.endsWith('time-squeeze'));
    expect(found?.actions[0]).toMatchObject({ run: 'sysctl -w net.core.netdev_budget=600' });
    const named = softnetCounts(copies(['proc@net@softnet_stat', real('softnet_stat')]), 'processed');
    expect([...(named?.cpus.keys() ?? [])]).toEqual(['CPU 0', 'CPU 1']);
  });

  it('trap: names with blanks, ERR with one value, a CPU whose first count was 0', () => {
    const text = (a: number, b: number) =>
      `            CPU0       CPU3       \n  43: ${a} ${b}  IR-IO-APIC-fasteoi   ehci_hcd:usb1, mmc0\n LOC: 5 5   Local timer interrupts\n ERR:          2\n`;
    const [line] = interruptCounts(
      copies(['before@proc@interrupts', text(10, 0)], ['after@proc@interrupts', text(15, 7)]),
    );
    expect(line).toMatchObject({ name: '43', label: 'IR-IO-APIC-fasteoi ehci_hcd:usb1, mmc0', total: 12 });
    expect([...(line?.cpus ?? [])]).toEqual([
      ['0', 5],
      ['3', 7],
    ]);
  });

  it('trap: columns of softirqs are all CPUs there may be, not those there are', () => {
    const text = '      CPU0 CPU1 CPU2 CPU3\n  TIMER: 10 10 0 0\n  NET_RX: 6 2 0 0\n';
    const { metrics } = interruptLoad.run(copies(['proc@softirqs', text]));
    const imbalance = metrics.find(
      ({ id, labels }) => id === 'softirq.imbalance' && labels.softirq === 'NET_RX',
    );
    expect(imbalance?.value).toBe(1.5);
  });

  it('interrupts of devices on an isolated CPU are to be moved, and back', () => {
    const text = (n: number) =>
      `            CPU0       CPU1       \n  43: 0 ${n}  PCI-MSI-edge   eth0\n LOC: ${n} ${n}   Local timer interrupts\n`;
    const found = interruptLoad
      .run(
        copies(
          ['before@proc@interrupts', text(0)],
          ['after@proc@interrupts', text(500)],
          ['sys@devices@system@cpu@isolated', '1\n'],
          ['proc@irq@43@smp_affinity_list', '0-1\n'],
        ),
      )
      .findings.find(({ id }) => id.endsWith('reserved'));
    expect(found?.severity).toBe('warning');
    expect(found?.caveats[0]).toContain('EIO');
    expect(found?.actions[0]).toMatchObject({
      run: 'echo 0 > /proc/irq/43/smp_affinity_list',
      undo: 'echo 0-1 > /proc/irq/43/smp_affinity_list',
    });
  });

  it('recorded copies: sums are those of the columns', () => {
    const text = real('softirqs');
    const row = /NET_RX:\s+(\d+)\s+(\d+)/.exec(text);
    const counts = softirqCounts(copies(['proc@softirqs', text])).find(({ name }) => name === 'NET_RX');
    expect(counts?.total).toBe(Number(row?.[1]) + Number(row?.[2]));
    const lines = interruptCounts(copies(['proc@interrupts', real('interrupts')]));
    expect(lines.length).toBe(real('interrupts').trim().split('\n').length - 1);
  });
});

describe('KVM', () => {
  const trace = (...lines: readonly string[]) =>
    new Context(importRun([ftrace, Buffer.from(['# tracer: nop', '#', ...lines, ''].join('\n'))]));
  const line = (us: number, rest: string, tid = 9): string =>
    `    CPU 0/KVM-${tid}   [000] .....  1.${String(us).padStart(6, '0')}: ${rest}`;

  it('from exit to entry of the same thread; halting is idling', () => {
    const context = trace(
      line(0, 'kvm_entry: vcpu 0, rip 0xffff intr_info 0x00000000 error_code 0x00000000'),
      line(
        10,
        'kvm_exit: vcpu 0 reason EPT_VIOLATION rip 0x1 info1 0x0000000000000182 info2 0x0 intr_info 0x00000000 error_code 0x00000000 requests 0x0000000000000000',
      ),
      line(12, 'kvm_exit: vcpu 1 reason HLT rip 0x1 info1 0x0 info2 0x0 intr_info 0x0 error_code 0x0', 10),
      line(15, 'kvm_entry: vcpu 0, rip 0xffff'),
      line(20, 'kvm_exit: reason EPT_VIOLATION rip 0x1 info 182 0'),
      line(21, 'kvm_entry: vcpu 0'),
      line(500, 'kvm_entry: vcpu 1', 10),
    );
    const exits = context.derive(vmExits);
    expect(
      exits.groups.map(({ reason, count, handled, idle }) => [
        reason,
        count,
        Math.round(handled / 1e3),
        idle,
      ]),
    ).toEqual([
      ['HLT', 1, 488, true],
      ['EPT_VIOLATION', 2, 6, false],
    ]);
    expect(exits).toMatchObject({ vcpus: 2, unpaired: 0 });
    expect(Math.round(exits.inGuest / 1e3)).toBe(15);
    expect(kvmExits.run(context).findings[0]?.claim).toContain('Not enough data');
  });

  it('names of AMD, with blanks, prefixes of old kernels, failed entries; a lost entry leaves an exit unpaired', () => {
    const exits = trace(
      line(0, 'kvm_exit: vcpu 0 reason PF excp rip 0x1 info1 0x0'),
      line(1, 'kvm_entry: vcpu 0'),
      line(2, 'kvm_exit: reason EXIT_npf rip 0x1 info 0 0'),
      line(3, 'kvm_exit: vcpu 0 reason INVALID_STATE FAILED_VMENTRY rip 0x1 info1 0x0'),
      line(4, 'kvm_entry: vcpu 0'),
    ).derive(vmExits);
    expect(exits.groups.map(({ reason }) => reason).sort()).toEqual(['INVALID_STATE', 'PF excp', 'npf']);
    expect(exits.unpaired).toBe(1);
  });

  it('perf kvm stat report, and totals; empty totals of a host that has none are no zeros', () => {
    const report =
      'Analyze events for all VMs, all VCPUs:\n\n             VM-EXIT    Samples  Samples%     Time%    Min Time    Max Time         Avg time\n\n                 HLT        100    50.00%    99.00%      1.00us   5000.12us    123.45us ( +-   1.20% )\n           MSR_WRITE        100    50.00%     1.00%      0.50us     10.00us      1.25us ( +-   2.00% )\n\nTotal Samples:200, Total events handled time:12470.00us.\n';
    const { metrics } = kvmTotals.run(copies(['kvm-stat.txt', report]));
    expect(
      metrics.find(({ id, labels }) => id === 'kvm.report.handled' && labels.reason === 'HLT')?.value,
    ).toBeCloseTo(12_345_000);
    const list = (n: string) => `exits ${n}\nhalt_exits ${n}\nio_exits \n`;
    const counted = kvmTotals.run(copies(['totals.t0.txt', list('5')], ['totals.t1.txt', list('25')]));
    expect(counted.metrics.map(({ labels, value }) => [labels.key, value])).toEqual([
      ['exits', 20],
      ['halt_exits', 20],
    ]);
    const empty = copies(['totals.t0.txt', list('')], ['totals.t1.txt', list('')]);
    expect(counted.findings).toEqual([]);
    expect(kvmTotals.run(empty)).toMatchObject({
      metrics: [],
      findings: [{ claim: expect.stringMatching(/^Not enough data: 3 totals/) }],
    });
  });

  it('trap: guest time is part of user already', () => {
    const stat = (n: number) => `cpu  ${400 * n} 0 0 ${500 * n} 0 0 0 ${100 * n} ${400 * n} 0\nbtime 1\n`;
    const context = copies(['before@proc@stat', stat(0)], ['after@proc@stat', stat(1)]);
    const { metrics, findings } = kvmSteal.run(context);
    expect(metrics[0]?.value).toBe(0.1);
    expect(findings[0]?.severity).toBe('warning');
  });
});
