import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Context } from '../../../analyzers/context.ts';
import { topology } from '../../../analyzers/derived/sched/topology.ts';
import { pinningOverlap } from '../../../analyzers/pinning/overlap.ts';
import type { Report } from '../../../model/report.ts';
import { kernelFilesImporter } from '../../../workers/importers/kernel-files.ts';
import { settings } from '../../../workers/importers/settings.ts';
import { importRun } from '../../support/import.ts';
import { repo } from '../../support/paths.ts';
import { vtune } from '../../support/vtune.ts';

type Files = Readonly<Record<string, string>>;

/** Copies ten seconds apart, the first at 10 s; and a list of settings. */
function contextOf(snapshots: readonly Files[], list = ''): Context {
  const copies = snapshots.flatMap((files, i) =>
    Object.entries(files).map(
      ([path, text]) =>
        [
          kernelFilesImporter,
          Buffer.from(text),
          `snap-00${i}_${(10 + 10 * i).toFixed(2)}/${path.slice(1).replaceAll('/', '@')}`,
        ] as const,
    ),
  );
  return new Context(
    importRun(...copies, ...(list === '' ? [] : [[settings, Buffer.from(list), 'topology.txt'] as const])),
  );
}

/** /proc/stat of CPUs by their ticks busy and idle. */
const procStat = (...cpus: readonly (readonly [busy: number, idle: number])[]): string =>
  `cpu  1 0 0 1 0 0 0 0 0 0\n${cpus.map(([busy, idle], i) => `cpu${i} ${busy} 0 0 ${idle} 0 0 0 0 0 0\n`).join('')}ctxt 1\n`;
const stat = (tid: number, comm: string, cpu: number): string =>
  `${tid} (${comm}) R ${Array.from({ length: 35 }, (_, i) => (i === 18 ? 5 : 0)).join(' ')} ${cpu} 0 0 0 0 0\n`;
const status = (allowed: string): string =>
  `Name:\tw\nPid:\t1\nCpus_allowed:\t1\nCpus_allowed_list:\t${allowed}\nvoluntary_ctxt_switches:\t1\n`;

interface Task {
  readonly tid: number;
  readonly comm: string;
  readonly cpu: number;
  readonly allowed?: string;
  /** Seconds of ten. */
  readonly run: number;
  readonly wait: number;
}

function looks(
  tasks: readonly Task[],
  cpus: readonly (readonly [number, number])[],
  more: Files = {},
): Files[] {
  return [0, 1, 2].map((i) => ({
    '/proc/stat': procStat(...cpus.map(([busy, idle]) => [busy * i, idle * i] as const)),
    ...more,
    ...Object.fromEntries(
      tasks.flatMap(({ tid, comm, cpu, allowed, run, wait }) => {
        const at = `/proc/${tid}/task/${tid}`;
        return [
          [`${at}/stat`, stat(tid, comm, cpu)],
          [`${at}/schedstat`, `${run * i * 1e9} ${wait * i * 1e9} 7\n`],
          ...(allowed === undefined ? [] : [[`${at}/status`, status(allowed)]]),
        ];
      }),
    ),
  }));
}

const hogs: Task[] = [
  { tid: 51, comm: 'hog', cpu: 0, allowed: '0', run: 5, wait: 5 },
  { tid: 52, comm: 'CPU 1/KVM', cpu: 0, allowed: '0', run: 5, wait: 5 },
];
const oneIdle = [
  [1000, 0],
  [30, 970],
] as const;

describe('busy threads held to CPUs', () => {
  it('two on one CPU while the other idles: who, how much, how to move one and how back', () => {
    const { findings, metrics } = pinningOverlap.run(contextOf(looks(hogs, oneIdle)));
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      id: 'pinning/overlap/cpu0',
      severity: 'warning',
      claim: '2 busy threads are pinned onto CPU 0 while CPU 1 idles 97.0 %',
      share: 0.5,
      actions: [
        {
          run: 'sudo taskset -cp 1 52',
          undo: 'sudo taskset -cp 0 52',
          persist: 'virsh vcpupin DOMAIN 1 1 --live --config',
        },
      ],
    });
    // 2 · 10 s of 10 s wanted; 10 s of 20 s waited.
    expect(findings[0]?.evidence[0]?.formula).toBe(
      '2 threads wanted 2.00 CPUs of 1; wait / (run + wait) = 50.0 %; idle: CPU 1 97.0 %',
    );
    expect(metrics.map(({ id, value }) => [id, value])).toEqual([
      ['pinning.overlap.threads', 2],
      ['pinning.overlap.wait_share', 0.5],
    ]);
  });

  it('on a CPU each nothing is shared, and an idle one pinned beside a busy one costs nothing', () => {
    const apart = [hogs[0] as Task, { ...(hogs[1] as Task), allowed: '1', cpu: 1, run: 9, wait: 0 }];
    expect(pinningOverlap.run(contextOf(looks(apart, oneIdle))).findings[0]).toMatchObject({
      id: 'pinning/overlap/none',
      severity: 'ok',
    });
    const asleep = [hogs[0] as Task, { ...(hogs[1] as Task), run: 0.1, wait: 0.1 }];
    expect(pinningOverlap.run(contextOf(looks(asleep, oneIdle))).findings[0]?.id).toBe(
      'pinning/overlap/none',
    );
  });

  it('seen on one CPU only is no pinning: a note that asks for the affinity', () => {
    const unknown = hogs.map(({ allowed: _, ...task }) => task);
    const [finding] = pinningOverlap.run(contextOf(looks(unknown, oneIdle))).findings;
    expect(finding).toMatchObject({
      severity: 'note',
      claim: expect.stringContaining('were seen only on CPU 0'),
    });
    expect(finding?.actions.at(-1)?.run).toBe('taskset -cp 51; taskset -cp 52');
  });

  it('allowed everywhere is not held, wherever it was seen', () => {
    const free = hogs.map((task) => ({ ...task, allowed: '0-1' }));
    const context = contextOf(looks(free, oneIdle));
    expect(pinningOverlap.needs.every((need) => need.met(context.trace, context))).toBe(false);
  });

  it('a cpuset that holds them is what has to be widened', () => {
    const more = {
      '/proc/51/cgroup': '0::/vm\n',
      '/proc/52/cgroup': '0::/vm\n',
      '/sys/fs/cgroup/vm/cpuset.cpus.effective': '0\n',
    };
    const [finding] = pinningOverlap.run(contextOf(looks(hogs, oneIdle, more))).findings;
    expect(finding?.actions[0]).toMatchObject({
      run: 'echo 0-1 | sudo tee /sys/fs/cgroup/vm/cpuset.cpus',
      undo: 'echo 0 | sudo tee /sys/fs/cgroup/vm/cpuset.cpus',
    });
  });

  const siblings = ['0,2', '1,3', '0,2', '1,3']
    .map((list, cpu) => `/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list:${list}\n`)
    .join('');

  it('two on the hardware threads of one core beside an idle core', () => {
    const pair = [
      { ...(hogs[0] as Task), run: 10, wait: 0 },
      { ...(hogs[1] as Task), allowed: '2', cpu: 2, run: 10, wait: 0 },
    ];
    const cpus = [
      [1000, 0],
      [10, 990],
      [1000, 0],
      [0, 1000],
    ] as const;
    const [finding] = pinningOverlap.run(contextOf(looks(pair, cpus), siblings)).findings;
    expect(finding).toMatchObject({
      id: 'pinning/overlap/core0,2',
      severity: 'note',
      claim:
        '2 busy threads are pinned onto CPUs 0,2, the hardware threads of one core, while the core of CPU 3 idles 100.0 %',
      actions: [{ run: 'sudo taskset -cp 3 52', undo: 'sudo taskset -cp 2 52' }],
    });
    // The other core works: nothing to gain.
    const full = [
      [1000, 0],
      [900, 100],
      [1000, 0],
      [0, 1000],
    ] as const;
    expect(pinningOverlap.run(contextOf(looks(pair, full), siblings)).findings[0]?.id).toBe(
      'pinning/overlap/none',
    );
  });

  it('a recorded pair of loops on CPU 0', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vtune-overlap-'));
    const json = join(folder, 'r.json');
    const { code, stderr } = await vtune([
      'analyze',
      repo('datasets/real/pinning/two-hogs.tar.xz'),
      '-q',
      '-o',
      join(folder, 'r.html'),
      '--json',
      json,
    ]);
    expect(code, stderr).toBe(0);
    const report = JSON.parse(readFileSync(json, 'utf8')) as Report;
    expect(report.findings.find(({ id }) => id === 'pinning/overlap/cpu0')?.claim).toMatch(
      /^2 busy threads are pinned onto CPU 0 /,
    );
  });
});

describe('topology of copies of /sys', () => {
  const list = [
    ...[0, 1, 2, 3, 4, 5, 6, 7].flatMap((cpu) => [
      `/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list:${cpu < 4 ? [cpu % 2, (cpu % 2) + 2].join() : cpu}`,
      `/sys/devices/system/cpu/cpu${cpu}/topology/physical_package_id:${cpu < 6 ? 0 : 1}`,
      `/sys/devices/system/cpu/cpu${cpu}/cache/index0/level:1`,
      `/sys/devices/system/cpu/cpu${cpu}/cache/index0/shared_cpu_list:${cpu}`,
      `/sys/devices/system/cpu/cpu${cpu}/cache/index3/level:3`,
      `/sys/devices/system/cpu/cpu${cpu}/cache/index3/shared_cpu_list:${cpu < 4 ? '0-3' : cpu < 6 ? '4-5' : '6-7'}`,
    ]),
    '/sys/devices/system/node/node0/cpulist:0-5',
    '/sys/devices/system/node/node1/cpulist:6-7',
    '',
  ].join('\n');

  it('core, last-level cache, socket, node', () => {
    const { distance, coreOf, known } = contextOf([], list).derive(topology);
    expect(known).toBe(true);
    expect(coreOf(0)).toEqual([0, 2]);
    expect([distance(0, 2), distance(0, 1), distance(0, 4), distance(0, 6)]).toEqual([
      'same core',
      'same cache',
      'same socket',
      'other node',
    ]);
    expect(distance(0, 99)).toBe('not known');
  });
});
