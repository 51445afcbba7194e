import { describe, expect, it } from 'vitest';
import type { Analyzer, Answer } from '../../../analyzers/analyzer.ts';
import { cpuQuota } from '../../../analyzers/cgroup/cpu-quota.ts';
import { cpuUsage } from '../../../analyzers/cgroup/cpu-usage.ts';
import { cpuWeights } from '../../../analyzers/cgroup/cpu-weights.ts';
import { cpusets } from '../../../analyzers/cgroup/cpuset.ts';
import { pids } from '../../../analyzers/cgroup/pids.ts';
import { Context } from '../../../analyzers/context.ts';
import { threadShares } from '../../../analyzers/cpu-time/thread-shares.ts';
import { cpusInList } from '../../../analyzers/derived/cpu-list.ts';
import { processUsages } from '../../../analyzers/derived/cpu-time/process-usage.ts';
import { niceOfWeight, weightOfNice } from '../../../analyzers/derived/cpu-time/weights.ts';
import { kernelFilesImporter } from '../../../workers/importers/kernel-files.ts';
import { importRun } from '../../support/import.ts';

type Files = Readonly<Record<string, string>>;

/** Copies by the second at which they were taken; a key of NaN names files as they are. */
function contextOf(...snapshots: readonly (readonly [second: number, files: Files])[]): Context {
  const files = snapshots.flatMap(([second, copies], i) =>
    Object.entries(copies).map(([path, text]) => {
      const name = Number.isNaN(second)
        ? path
        : `snap-00${i}_${second.toFixed(2)}/${path.slice(1).replaceAll('/', '@')}`;
      return [kernelFilesImporter, Buffer.from(text), name] as const;
    }),
  );
  return new Context(importRun(...files));
}

const answer = (analyzer: Analyzer, context: Context): Answer => analyzer.run(context);
const value = ({ metrics }: Answer, id: string, label?: string): number | undefined =>
  metrics.find(
    (each) => each.id === id && (label === undefined || Object.values(each.labels).includes(label)),
  )?.value;

const cpuTicks = (idle: number, user: number): string =>
  `cpu  ${2 * user} 0 0 ${2 * idle} 0 0 0 0 0 0\ncpu0 ${user} 0 0 ${idle} 0 0 0 0 0 0\ncpu1 ${user} 0 0 ${idle} 0 0 0 0 0 0\nctxt 1\n`;
const stat2 = (usage: number, periods: number, throttled: number, time: number): string =>
  `usage_usec ${usage}\nuser_usec ${usage}\nsystem_usec 0\nnr_periods ${periods}\nnr_throttled ${throttled}\nthrottled_usec ${time}\n`;
const G = '/sys/fs/cgroup/g';

describe('CPU quotas', () => {
  it('throttled time is added up over CPUs: the stall divides it by the CPUs, and stays below 100 %', () => {
    const found = answer(
      cpuQuota,
      contextOf(
        [
          10,
          {
            [`${G}/cpu.stat`]: stat2(0, 0, 0, 0),
            [`${G}/cpu.max`]: '50000 100000\n',
            '/proc/stat': cpuTicks(0, 0),
          },
        ],
        [20, { [`${G}/cpu.stat`]: stat2(5e6, 100, 98, 16e6) }],
      ),
    );
    expect(value(found, 'cgroup.cpu.throttle_ratio', '/g')).toBe(0.98);
    // 16 s in 10 s on 2 CPUs.
    expect(value(found, 'cgroup.cpu.stall_share', '/g')).toBeCloseTo(0.8, 10);
    expect(value(found, 'cgroup.cpu.stall_mean')).toBeCloseTo(16e9 / 98, 3);
    expect(value(found, 'cgroup.cpu.quota_used')).toBeCloseTo(1, 10);
    const [finding] = found.findings;
    expect(finding).toMatchObject({ severity: 'warning', verdict: { state: 'worse', knob: 'cpu.max' } });
    expect(finding?.actions[0]).toMatchObject({
      run: `echo "200000 100000" | sudo tee ${G}/cpu.max`,
      undo: `echo "50000 100000" | sudo tee ${G}/cpu.max`,
      setting: { was: '50000 100000' },
    });
  });

  it('more throttled time than the known CPUs allow proves that there are more', () => {
    const found = answer(
      cpuQuota,
      contextOf(
        [0, { [`${G}/cpu.stat`]: stat2(0, 0, 0, 0), [`${G}/cpuset.cpus.effective`]: '3\n' }],
        [10, { [`${G}/cpu.stat`]: stat2(5e6, 100, 98, 25e6) }],
      ),
    );
    expect(value(found, 'cgroup.cpu.stall_share')).toBeCloseTo(25 / 30, 10);
  });

  it('differences count, not what was counted before the capture', () => {
    const found = answer(
      cpuQuota,
      contextOf(
        [0, { [`${G}/cpu.stat`]: stat2(0, 1000, 1000, 9e9) }],
        [10, { [`${G}/cpu.stat`]: stat2(1e6, 1100, 1000, 9e9) }],
      ),
    );
    expect(value(found, 'cgroup.cpu.throttle_ratio')).toBe(0);
    expect(value(found, 'cgroup.cpu.throttle_ratio.lifetime')).toBeCloseTo(1000 / 1100);
  });

  it('a group made anew within the capture is no negative count and no spike', () => {
    const found = answer(
      cpuQuota,
      contextOf(
        [0, { [`${G}/cpu.stat`]: stat2(9e6, 500, 400, 9e6) }],
        [10, { [`${G}/cpu.stat`]: stat2(1e6, 20, 5, 1e6) }],
        [20, { [`${G}/cpu.stat`]: stat2(2e6, 120, 55, 3e6) }],
      ),
    );
    expect(value(found, 'cgroup.cpu.throttle_ratio')).toBe(0.5);
  });

  const bursty = (release: string): Answer =>
    answer(
      cpuQuota,
      contextOf(
        [
          0,
          {
            [`${G}/cpu.stat`]: stat2(0, 0, 0, 0),
            [`${G}/cpu.max`]: '100000 100000\n',
            '/proc/sys/kernel/osrelease': `${release}\n`,
          },
        ],
        // 3 s used of 10 s of quota, stopped in 30 of 100 periods.
        [10, { [`${G}/cpu.stat`]: stat2(3e6, 100, 30, 2e6), '/proc/stat': cpuTicks(1, 1) }],
      ),
    );

  it('stopped while most of the quota is left: bursts, not a small quota', () => {
    const [finding] = bursty('6.1.0-56-amd64').findings;
    expect(finding?.claim).toContain('bursts');
    expect(finding?.actions[0]?.run).toBe(`echo 100000 | sudo tee ${G}/cpu.max.burst`);
    expect(finding?.actions[0]?.undo).toBe(`echo 0 | sudo tee ${G}/cpu.max.burst`);
  });

  it('before 5.14 there is no burst to advise; before 5.4 the kernel is at fault', () => {
    expect(bursty('5.10.0-8-amd64').findings[0]?.actions.some(({ run }) => run?.includes('burst'))).toBe(
      false,
    );
    const [action] = bursty('4.14.35').findings[0]?.actions ?? [];
    expect(action).toMatchObject({ risk: 'reboot' });
    expect(action?.text).toMatch(/^Update the kernel/);
    expect(action?.run).toBeUndefined();
  });

  it('version 1 counts ns, and −1 is no limit: waiting without stops is contention', () => {
    const cpu = '/sys/fs/cgroup/cpu/g';
    const stat = 'nr_periods 0\nnr_throttled 0\nthrottled_time 0\n';
    const pressure = (total: number): string =>
      `some avg10=0.00 avg60=0.00 avg300=0.00 total=${total}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n`;
    const at = (total: number): Files => ({
      [`${cpu}/cpu.stat`]: stat,
      [`${cpu}/cpu.cfs_quota_us`]: '-1\n',
      '/sys/fs/cgroup/unified/g/cpu.pressure': pressure(total),
    });
    const found = answer(cpuQuota, contextOf([0, at(0)], [10, at(2_500_000)]));
    expect(value(found, 'cgroup.cpu.pressure')).toBeCloseTo(0.25, 10);
    expect(found.findings.map(({ id, severity }) => [id, severity])).toEqual([
      ['cgroup/cpu-contention/g', 'warning'],
    ]);
  });

  it('a stop by a parent shows in the parent alone', () => {
    const at = (n: number): Files => ({
      [`${G}/cpu.stat`]: stat2(n, n, n / 2, n * 1e4),
      [`${G}/cpu.max`]: '50000 100000',
      [`${G}/child/cpu.stat`]: stat2(n, 0, 0, 0),
      [`${G}/child/cpu.stat.local`]: `throttled_usec ${n * 1e4}\n`,
    });
    const found = answer(cpuQuota, contextOf([0, at(0)], [10, at(100)]));
    const parent = found.findings.find(({ id }) => id === 'cgroup/cpu-quota/parents/g/child');
    expect(parent?.claim).toMatch(/^\/g\/child was stopped by the limit of \/g/);
  });

  it('copies before and after without times: a ratio, and a stall of active periods', () => {
    const found = answer(
      cpuQuota,
      contextOf([
        Number.NaN,
        {
          'before@sys@fs@cgroup@g@cpu.stat': stat2(0, 0, 0, 0),
          'after@sys@fs@cgroup@g@cpu.stat': stat2(5e6, 100, 50, 2e6),
          'after@sys@fs@cgroup@g@cpu.max': '50000 100000\n',
          'after@sys@fs@cgroup@g@cpuset.cpus.effective': '0\n',
        },
      ]),
    );
    expect(value(found, 'cgroup.cpu.throttle_ratio')).toBe(0.5);
    // 2 s of 100 periods of 100 ms on one CPU.
    expect(value(found, 'cgroup.cpu.stall_share')).toBeCloseTo(0.2, 10);
    expect(found.findings[0]?.caveats.join()).toContain('no times');
  });

  it('a quota that changed within the capture is judged by nobody', () => {
    const found = answer(
      cpuQuota,
      contextOf(
        [0, { [`${G}/cpu.stat`]: stat2(0, 0, 0, 0), [`${G}/cpu.max`]: 'max 100000' }],
        [10, { [`${G}/cpu.stat`]: stat2(5e6, 100, 98, 9e6), [`${G}/cpu.max`]: '50000 100000' }],
      ),
    );
    expect(value(found, 'cgroup.cpu.quota_used')).toBeUndefined();
    expect(found.findings[0]).toMatchObject({ actions: [], verdict: { state: 'inconclusive' } });
  });

  it('names that mean something to a shell never reach a command', () => {
    const bad = '/sys/fs/cgroup/a;reboot';
    const found = answer(
      cpuQuota,
      contextOf(
        [0, { [`${bad}/cpu.stat`]: stat2(0, 0, 0, 0), [`${bad}/cpu.max`]: '50000 100000' }],
        [10, { [`${bad}/cpu.stat`]: stat2(5e6, 100, 98, 9e6) }],
      ),
    );
    expect(found.findings).not.toHaveLength(0);
    expect(found.findings.flatMap(({ actions }) => actions).every(({ run, undo }) => !run && !undo)).toBe(
      true,
    );
  });
});

/** pid (comm) state … as proc_pid_stat(5) says: fields 14, 15, 20, 22, 39. */
const processStat = (
  { comm = 'x', user = 0, system = 0, start = 100, threads = 1, nice = 0, cpu = 0, guest = 0 },
  pid = 7,
): string =>
  `${pid} (${comm}) R 1 1 1 0 -1 0 0 0 0 0 ${user} ${system} 0 0 20 ${nice} ${threads} 0 ${start} 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 ${cpu} 0 0 0 ${guest} 0 0 0 0 0 0 0 0\n`;

describe('CPU usage', () => {
  it('of a process: ticks over time, open by two of them, whatever its name holds', () => {
    const path = '/proc/7/stat';
    const comm = 'a) R 9 (b\nc';
    const [usage] = processUsages(
      contextOf(
        [0, { [path]: processStat({ comm, user: 10 }) }],
        [2, { [path]: processStat({ comm, user: 90, system: 20 }) }],
      ),
    );
    // 100 ticks in 2 s: 50 % ± 1 point.
    expect(usage).toMatchObject({ comm, cpus: 0.5, low: 0.49, high: 0.51 });
  });

  it('windows below half a second are refused', () => {
    const path = '/proc/7/stat';
    const [usage] = processUsages(
      contextOf([0, { [path]: processStat({}) }], [0.4, { [path]: processStat({ user: 40 }) }]),
    );
    expect(usage).toHaveProperty('refused');
  });

  it('an id that became another process is no increase', () => {
    const path = '/proc/7/stat';
    const context = contextOf(
      [0, { [path]: processStat({ user: 10 }) }],
      [1, { [path]: processStat({ user: 5000, start: 9999 }) }],
      [2, { [path]: processStat({ user: 5050, start: 9999 }) }],
    );
    expect(processUsages(context)[0]).toMatchObject({ cpus: 0.5, user: 50 });
  });

  it('guest time is inside user time: what a VM costs besides is told apart', () => {
    const path = '/proc/7/stat';
    const found = answer(
      cpuUsage,
      contextOf(
        [0, { [path]: processStat({}) }],
        [1, { [path]: processStat({ user: 80, guest: 60, system: 10 }) }],
      ),
    );
    expect(value(found, 'process.cpu.outside_guest')).toBeCloseTo(0.3, 10);
  });

  it('time of no captured process is told, and usage is held against quota and cpuset', () => {
    const at = (seconds: number): Files => ({
      [`${G}/cpu.stat`]: stat2(seconds * 1e6, 0, 0, 0),
      [`${G}/cpu.max`]: '200000 100000\n',
      [`${G}/cpuset.cpus.effective`]: '0-3\n',
      '/proc/7/stat': processStat({ user: seconds * 25 }),
      '/proc/7/cgroup': '0::/g\n',
    });
    const found = answer(cpuUsage, contextOf([0, at(0)], [10, at(10)]));
    expect(value(found, 'cgroup.cpu.usage')).toBeCloseTo(1, 10);
    expect(value(found, 'cgroup.cpu.usage.of_allowed')).toBeCloseTo(0.5, 10);
    expect(value(found, 'cgroup.cpu.residual')).toBeCloseTo(0.75, 10);
    expect(found.findings.map(({ id }) => id)).toContain('cgroup/cpu-usage/residual/g');
  });

  it('the two counters of a hybrid host are not read as one that falls', () => {
    const at = (ns: number): Files => ({
      '/sys/fs/cgroup/cpuacct/g/cpuacct.usage': `${ns}\n`,
      '/sys/fs/cgroup/unified/g/cpu.stat': `usage_usec ${Math.floor(ns / 1e3)}\nuser_usec 0\nsystem_usec 0\n`,
    });
    const found = answer(cpuUsage, contextOf([0, at(999)], [1, at(500_000_999)], [2, at(1_000_000_999)]));
    expect(value(found, 'cgroup.cpu.usage')).toBe(0.5);
  });
});

describe('weights of threads', () => {
  it('are the kernel’s, a level about a quarter more', () => {
    expect([-20, 0, 5, 19].map(weightOfNice)).toEqual([88761, 1024, 335, 15]);
    expect(weightOfNice(20)).toBeNaN();
    expect(niceOfWeight(335)).toBe(5);
  });

  const sched = (weight: number, vruntime: number): string =>
    `x (71, #threads: 2)\n-------\nse.vruntime : ${vruntime}\nse.statistics.wait_sum : 1.5\nse.load.weight : ${weight}\npolicy : 0\nprio : 120\n`;
  const thread = (pid: number, cpu: number, run: number, wait: number, weight: number): Files => ({
    [`/proc/${pid}/task/${pid}/schedstat`]: `${run} ${wait} 9\n`,
    [`/proc/${pid}/task/${pid}/sched`]: sched(weight, 5000),
    [`/proc/${pid}/task/${pid}/stat`]: processStat({ cpu }, pid),
  });

  it('threads that want one CPU all the time are held against their weights', () => {
    const found = answer(
      threadShares,
      contextOf(
        [0, { ...thread(1, 0, 0, 0, 1048576), ...thread(2, 0, 0, 0, 343040) }],
        [10, { ...thread(1, 0, 7.5e9, 2.5e9, 1048576), ...thread(2, 0, 2.5e9, 7.5e9, 343040) }],
      ),
    );
    expect(value(found, 'thread.cpu.wait_share', '1/1')).toBe(0.25);
    expect(value(found, 'thread.cpu.fairness_error', '1/1')).toBeCloseTo(0.75 / (1024 / 1359) - 1, 10);
    expect(found.findings.find(({ id }) => id.startsWith('cpu-time/shares'))).toMatchObject({
      severity: 'ok',
      claim: expect.stringContaining('3.00 : 1; their weights 1024 and 335 promise 3.06 : 1'),
    });
  });

  it('threads on different CPUs, and such as sleep, are not', () => {
    const ids = ({ findings }: Answer) => findings.filter(({ id }) => id.startsWith('cpu-time/shares'));
    const apart = contextOf(
      [0, { ...thread(1, 0, 0, 0, 1048576), ...thread(2, 1, 0, 0, 343040) }],
      [10, { ...thread(1, 0, 10e9, 0, 1048576), ...thread(2, 1, 10e9, 0, 343040) }],
    );
    expect(ids(answer(threadShares, apart))).toEqual([]);
    const asleep = contextOf(
      [0, { ...thread(1, 0, 0, 0, 1048576), ...thread(2, 0, 0, 0, 343040) }],
      [10, { ...thread(1, 0, 9e9, 1e9, 1048576), ...thread(2, 0, 1e9, 1e9, 343040) }],
    );
    expect(ids(answer(threadShares, asleep))).toEqual([]);
  });
});

describe('weights of cgroups', () => {
  const at = (seconds: number, idle: number): Files => ({
    '/sys/fs/cgroup/cpu/a/cpu.shares': '2048\n',
    '/sys/fs/cgroup/cpu/b/cpu.shares': '1024\n',
    '/sys/fs/cgroup/cpuacct/a/cpuacct.usage': `${seconds * 1.32e9}\n`,
    '/sys/fs/cgroup/cpuacct/b/cpuacct.usage': `${seconds * 0.66e9}\n`,
    '/proc/stat': cpuTicks(seconds * idle, seconds * (100 - idle)),
  });

  it('act only while the CPU is full', () => {
    const idle = answer(cpuWeights, contextOf([0, at(0, 0)], [10, at(10, 6)]));
    expect(idle.findings[0]?.claim).toContain('not in effect');
    expect(idle.findings[0]?.verdict?.state).toBe('no difference');
    const full = answer(cpuWeights, contextOf([0, at(0, 0)], [10, at(10, 1)]));
    expect(full.findings[0]?.claim).toContain('2.00 : 1, their weights say 2.00 : 1');
    expect(full.findings[0]?.verdict?.state).toBe('better');
  });
});

describe('weights of cgroups on one CPU of two', () => {
  it('are in force when the CPU they run on is full, whatever the other does', () => {
    const group = (name: string, shares: number, ns: number): Files => ({
      [`/sys/fs/cgroup/cpu/${name}/cpu.shares`]: `${shares}\n`,
      [`/sys/fs/cgroup/cpuacct/${name}/cpuacct.usage`]: `${ns}\n`,
      [`/sys/fs/cgroup/cpuacct/${name}/cpuacct.usage_percpu`]: `0 ${ns} \n`,
    });
    const at = (seconds: number): Files => ({
      ...group('a', 2048, seconds * 0.66e9),
      ...group('b', 1024, seconds * 0.33e9),
      '/proc/stat': `cpu  ${seconds * 100} 0 0 ${seconds * 100} 0 0 0 0 0 0\ncpu0 0 0 0 ${seconds * 100} 0 0 0 0 0 0\ncpu1 ${seconds * 100} 0 0 0 0 0 0 0 0 0\n`,
    });
    const [finding] = answer(cpuWeights, contextOf([0, at(0)], [10, at(10)])).findings;
    expect(finding?.claim).toContain('2.00 : 1, their weights say 2.00 : 1');
    expect(finding?.verdict?.state).toBe('better');
  });
});

describe('limits of threads and CPUs', () => {
  it('forks a limit refused are told, with the command that raises it', () => {
    const at = (refused: number): Files => ({
      [`${G}/pids.current`]: '100\n',
      [`${G}/pids.max`]: '100\n',
      [`${G}/pids.events`]: `max ${refused}\n`,
    });
    const found = answer(pids, contextOf([0, at(4)], [10, at(7)]));
    expect(value(found, 'cgroup.pids.refused')).toBe(3);
    expect(found.findings[0]).toMatchObject({
      severity: 'warning',
      actions: [{ run: `echo 200 | sudo tee ${G}/pids.max`, undo: `echo 100 | sudo tee ${G}/pids.max` }],
    });
    expect(answer(pids, contextOf([0, at(4)], [10, at(4)])).findings[0]?.severity).toBe('note');
  });

  it('trap: CPUs a parent keeps from a group, and partitions that are not in force', () => {
    const of = (files: Files) => answer(cpusets, contextOf([0, files])).findings[0];
    const asked = { [`${G}/cpuset.cpus`]: '0-3\n', [`${G}/cpuset.cpus.effective`]: '0-1\n' };
    expect(of(asked)).toMatchObject({ severity: 'note', claim: expect.stringContaining('keeps 2 from it') });
    const invalid = {
      ...asked,
      [`${G}/cpuset.cpus.partition`]: 'root invalid (Parent is not a partition root)\n',
    };
    expect(of(invalid)).toMatchObject({
      severity: 'warning',
      claim: expect.stringContaining('not a partition root'),
    });
    expect(of({ ...asked, [`${G}/cpuset.cpus.effective`]: '0-3\n' })?.severity).toBe('ok');
  });

  it('lists of CPUs as the kernel writes them', () => {
    expect(cpusInList('0-2,8\n')).toEqual([0, 1, 2, 8]);
    expect(cpusInList('\n')).toEqual([]);
    expect(cpusInList('3-1')).toBeUndefined();
    expect(cpusInList('all')).toBeUndefined();
  });
});
