import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../analyzers/analyzer.ts';
import { containers } from '../../../analyzers/cgroup/containers.ts';
import { cpuQuota } from '../../../analyzers/cgroup/cpu-quota.ts';
import { cpuUsage } from '../../../analyzers/cgroup/cpu-usage.ts';
import { pids } from '../../../analyzers/cgroup/pids.ts';
import { Context } from '../../../analyzers/context.ts';
import { groupsRead } from '../../../analyzers/derived/cgroup/groups.ts';
import { useMethod } from '../../../analyzers/host/use-method.ts';
import { cgroupMemoryUse } from '../../../analyzers/memory/cgroup.ts';
import { pressureStalls } from '../../../analyzers/memory/psi/psi.ts';
import { below } from '../../../workers/importers/below.ts';
import { dockerApi } from '../../../workers/importers/docker-api.ts';
import { dockerStats } from '../../../workers/importers/docker-stats.ts';
import type { Importer } from '../../../workers/importers/importer.ts';
import { kernelFilesImporter } from '../../../workers/importers/kernel-files.ts';
import { systemdCgtop } from '../../../workers/importers/systemd-cgtop.ts';
import { importRun } from '../../support/import.ts';
import { repo } from '../../support/paths.ts';

const real = (name: string): Uint8Array => readFileSync(repo(`datasets/real/containers/${name}`));
const contextOf = (...files: readonly (readonly [Importer, string | Uint8Array, string?])[]): Context =>
  new Context(
    importRun(
      ...files.map(
        ([importer, bytes, name]) =>
          [importer, typeof bytes === 'string' ? Buffer.from(bytes) : bytes, name ?? 'test'] as const,
      ),
    ),
  );
const value = ({ metrics }: Answer, id: string, cgroup: string): number | undefined =>
  metrics.find((each) => each.id === id && each.labels.cgroup === cgroup)?.value;

const api = [dockerApi, real('docker-api-web.jsonl')] as const;
const cgtop = [systemdCgtop, real('systemd-cgtop-raw.txt')] as const;
const stats = [dockerStats, real('docker-stats.txt')] as const;

describe('a container with --cpus 0.5 and two busy loops', () => {
  it('CPU time and throttling from the counts of the Docker API', () => {
    const context = contextOf(api);
    // (66 719 860 496 − 64 219 996 701) ns / (04:33:07.112757102 − 04:33:02.063963973) = 2.499 863 795 / 5.048 793 129.
    expect(value(cpuUsage.run(context), 'cgroup.cpu.usage', '/docker:web')).toBeCloseTo(0.495141, 6);
    // As docker counts it: 2.499 863 795 s of (35 276.11 − 35 266.04) s of all CPUs, on 2 CPUs.
    expect(cpuUsage.run(context).findings[0]?.evidence[0]?.formula).toContain('as docker counts: 49.6 %');
    const quota = cpuQuota.run(context);
    // 1335 − 1285 periods, 1333 − 1283 of them throttled, (196 124 549 785 − 188 712 002 926) ns on 2 CPUs.
    expect(value(quota, 'cgroup.cpu.throttle_ratio', '/docker:web')).toBe(1);
    expect(value(quota, 'cgroup.cpu.stall_share', '/docker:web')).toBeCloseTo(
      7.412546859 / (5.048793129 * 2),
      6,
    );
    const [finding] = quota.findings;
    expect(finding?.severity).toBe('warning');
    expect(finding?.actions[0]?.run).toContain('docker update --cpus=2 web');
  });

  it('docker, systemd and the counts of the kernel agree within what they round and when they looked', () => {
    const counted = value(cpuUsage.run(contextOf(api)), 'cgroup.cpu.usage', '/docker:web') ?? Number.NaN;
    const docker = value(cpuUsage.run(contextOf(stats)), 'cgroup.cpu.usage', '/docker:web') ?? Number.NaN;
    const [, id = ''] = /"id":"([0-9a-f]{64})"/.exec(new TextDecoder().decode(api[1])) ?? [];
    const systemd = value(cpuUsage.run(contextOf(cgtop)), 'cgroup.cpu.usage', `/docker/${id}`) ?? Number.NaN;
    expect(Math.abs(docker - counted)).toBeLessThan(0.04);
    expect(Math.abs(systemd - counted)).toBeLessThan(0.01);
  });

  it('a container that two tools read under two names is told once, by its counts', () => {
    const groups = contextOf(api, cgtop, stats).derive(groupsRead);
    expect([...groups].sort()).toEqual(['/docker', '/docker:cache', '/docker:idle', '/docker:web']);
  });

  it('files of the control group win over tools', () => {
    const [, id = ''] = /"id":"([0-9a-f]{64})"/.exec(new TextDecoder().decode(api[1])) ?? [];
    const file = (second: number, usage: number) =>
      [
        kernelFilesImporter,
        `usage_usec ${usage}\nuser_usec 0\nsystem_usec 0\n`,
        `snap-00${second}_${second}.0/sys@fs@cgroup@system.slice@docker-${id}.scope@cpu.stat`,
      ] as const;
    const context = contextOf(stats, file(1, 0), file(2, 250_000));
    const answer = cpuUsage.run(context);
    expect(value(answer, 'cgroup.cpu.usage', `/system.slice/docker-${id}.scope`)).toBe(0.25);
    expect(value(answer, 'cgroup.cpu.usage', '/docker:web')).toBeUndefined();
  });
});

describe('what is printed ready-made', () => {
  it('the working set of docker is no usage, and the memory of the host no limit', () => {
    const answer = cgroupMemoryUse.run(contextOf(stats));
    expect(value(answer, 'cgroup.memory.working_set', '/docker:cache')).toBe(744 * 1024);
    expect(value(answer, 'cgroup.memory.usage', '/docker:cache')).toBeUndefined();
    const table = answer.sections[0];
    const limits =
      table?.kind === 'table' ? table.rows.map(({ cells }) => [cells[0], cells[3]] as const) : [];
    expect(Object.fromEntries(limits)).toEqual({
      '/docker:cache': 64 * 2 ** 20,
      '/docker:idle': Number.NaN,
      '/docker:web': Number.NaN,
    });
  });

  it('a working set near its limit is a note that claims no more than it knows', () => {
    const text =
      'NAME   CPU %   MEM USAGE / LIMIT\na      1.00%   95MiB / 100MiB\nb      1.00%   1MiB / 8GiB\n';
    const [finding] = cgroupMemoryUse.run(contextOf([dockerStats, text])).findings;
    expect(finding).toMatchObject({ severity: 'note', verdict: { state: 'not enough data' } });
    expect(finding?.claim).toContain('95.0 %');
  });

  it('tasks and usage of systemd-cgtop, the root group in the table of the host', () => {
    const text =
      '/            9      -   100.0M        -        -\n\n/            9  150.0   100.0M   1.0M     2.0M\n';
    const context = contextOf(
      [systemdCgtop, text],
      [kernelFilesImporter, '0-3\n', 'sys@devices@system@cpu@online'],
    );
    expect(value(pids.run(context), 'cgroup.pids.most', '/')).toBe(9);
    expect(value(containers.run(context), 'cgroup.io.rate', '/')).toBe(2 ** 20);
    const host = useMethod.run(context).metrics.find(({ labels }) => labels.resource === 'CPU');
    // 1.5 of 4 CPUs.
    expect(host?.value).toBeCloseTo(0.375, 12);
  });

  it('throttling from the rates below prints', () => {
    const file = readFileSync(repo('datasets/real/below/cgroup.csv'));
    const answer = cpuQuota.run(contextOf([below, file]));
    // Stamps 13, 15, 16, 18, 19 s: intervals of 1.5 s on average. Σ rates 42.28 and 40.09 a second.
    // The kernel's own counts of this run went from 0 to 58 and 55: 94.8 %.
    expect(value(answer, 'cgroup.cpu.throttle_ratio', '/t')).toBeCloseTo(60 / 63, 12);
    // (0.4397 + 0.4992 + 0.4854 + 0.4962 + 0.0287) · 1.5 s of 7.5 s.
    expect(value(answer, 'cgroup.cpu.stall_share', '/t')).toBeCloseTo(0.38984, 5);
    expect(answer.findings[0]?.caveats.join()).toContain('approximate');
  });

  it('pressure of a group from what below prints', () => {
    const context = contextOf([below, readFileSync(repo('datasets/real/below/cgroup.csv'))]);
    const answer = pressureStalls.run(context);
    // (0.4886 + 0.4003 + 0.5054 + 0.4935 + 0.0218) / 5.
    const some = answer.metrics.find(({ id, labels }) => id === 'psi.some' && labels.resource === 'cpu');
    expect(some?.value).toBeCloseTo(0.38192, 10);
    expect(some?.labels.cgroup).toBe('/t');
    // The quota explains it: the pressure is evidence of that finding, and none of its own.
    expect(answer.findings).toEqual([]);
    const formulas = cpuQuota.run(context).findings[0]?.evidence.map(({ formula }) => formula);
    expect(formulas).toContain('mean of 5 printed shares = 38.2 %');
  });

  it('names in captures reach no command', () => {
    const text = 'NAME           CPU %   MEM USAGE / LIMIT   PIDS\n$(id);x   1.00%   99MiB / 100MiB   3\n';
    const answer = cgroupMemoryUse.run(contextOf([dockerStats, text]));
    expect(answer.findings.flatMap(({ actions }) => actions.flatMap(({ run }) => run ?? []))).toEqual([]);
  });
});
