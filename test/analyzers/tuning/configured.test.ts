import { describe, expect, it } from 'vitest';
import { Context } from '../../../analyzers/context.ts';
import { effectiveSettings } from '../../../analyzers/derived/configured.ts';
import { withLockdown } from '../../../analyzers/derived/lockdown.ts';
import { configured } from '../../../analyzers/host/configured.ts';
import { containerOrHost } from '../../../analyzers/host/container-view.ts';
import { importers } from '../../../workers/importers/index.ts';
import { importRun } from '../../support/import.ts';

/** Files by name, each read by the importer that claims it. */
function contextOf(files: Readonly<Record<string, string>>): Context {
  return new Context(
    importRun(
      ...Object.entries(files).map(([name, text]) => {
        const bytes = Buffer.from(text);
        const claims = importers.filter(({ sniff }) => sniff(bytes, name) === 'yes');
        expect(claims, name).toHaveLength(1);
        return [claims[0] as (typeof claims)[0], bytes, name] as const;
      }),
    ),
  );
}

const uname = (release: string): string => `Linux host ${release} #1 SMP x86_64 GNU/Linux\n`;
const conf = 'sos/etc/sysctl.d/90-perf.conf';
const gone = (release: string, text: string, more: Readonly<Record<string, string>> = {}) =>
  configured
    .run(contextOf({ [conf]: text, 'uname.txt': uname(release), ...more }))
    .findings.find(({ id }) => id === 'host/configured/gone');

describe('lines that set what the kernel does not have', () => {
  const one = 'kernel.sched_migration_cost_ns=5000000\n';

  it('moved to debugfs with 5.13: not before, not when sysctl still lists it, not when the release is unknown', () => {
    expect(gone('5.12.3', one)).toBeUndefined();
    expect(gone('5.13.0', one)?.claim).toBe(
      'kernel.sched_migration_cost_ns = 5000000 (/etc/sysctl.d/90-perf.conf:1) has no effect on kernel 5.13.0: moved to /sys/kernel/debug/sched/migration_cost_ns with 5.13',
    );
    expect(gone('6.1.0', one, { 'sysctl.txt': 'kernel.sched_migration_cost_ns = 500000\n' })).toBeUndefined();
    expect(configured.run(contextOf({ [conf]: one })).findings).toEqual([]);
  });

  it('gone with EEVDF: no command that would write a knob that is not there', () => {
    const text = 'kernel.sched_latency_ns = 6000000\n';
    expect(gone('6.5.0', text)?.claim).toContain('moved to /sys/kernel/debug/sched/latency_ns');
    const finding = gone('6.6.0', text);
    expect(finding?.claim).toContain('gone with EEVDF (6.6): base_slice_ns');
    expect(finding?.actions.map(({ run }) => run).filter((run) => run?.includes('tee'))).toEqual([]);
  });

  it('names where the knob is now, with what it was where that was captured', () => {
    const finding = gone('6.1.0', one, { 'sys/kernel/debug/sched/migration_cost_ns': '500000\n' });
    expect(finding?.actions[1]).toMatchObject({
      run: 'echo 5000000 | sudo tee /sys/kernel/debug/sched/migration_cost_ns',
      undo: 'echo 500000 | sudo tee /sys/kernel/debug/sched/migration_cost_ns',
    });
  });

  it('a locked kernel lets nobody write there', () => {
    const locked = (state: string): number => {
      const files = { [conf]: one, 'uname.txt': uname('6.1.0'), 'sys/kernel/security/lockdown': state };
      const context = contextOf(files);
      return withLockdown(context, configured.run(context).findings)
        .flatMap(({ caveats }) => caveats)
        .filter((caveat) => caveat.includes('locked down (integrity)')).length;
    };
    expect(locked('none [integrity] confidentiality\n')).toBe(1);
    expect(locked('[none] integrity confidentiality\n')).toBe(0);
  });

  it('other sysctls of the scheduler are left alone', () => {
    expect(
      gone('6.18.0', 'kernel.sched_autogroup_enabled=0\nkernel.sched_rt_runtime_us=-1\n'),
    ).toBeUndefined();
  });
});

describe('what is configured and what is in force', () => {
  const running = {
    'sysctl.txt': 'vm.swappiness = 60\nnet.ipv4.tcp_rmem = 4096\t131072\t6291456\nvm.dirty_ratio = 30\n',
  };
  const claims = (files: Readonly<Record<string, string>>): string[] =>
    configured.run(contextOf(files)).findings.map(({ claim }) => claim);

  it('a value that is not in force, with where it stands', () => {
    expect(
      claims({
        [conf]: '# by hand\nvm.swappiness=10\nnet.ipv4.tcp_rmem = 4096 131072 6291456\n',
        ...running,
      }),
    ).toEqual(['vm.swappiness: configured 10, in force 60 (/etc/sysctl.d/90-perf.conf:2)']);
  });

  it('the last file by name wins, one in /etc replaces its namesake, an active profile goes over all', () => {
    const files = {
      'x/usr/lib/sysctl.d/50-a.conf': 'vm.swappiness=1\nvm.dirty_ratio=5\n',
      'x/etc/sysctl.d/50-a.conf': 'vm.swappiness=60\n',
      'x/etc/sysctl.d/10-b.conf': 'vm.swappiness=2\n',
    };
    const of = (more: Readonly<Record<string, string>>, path: string): string | undefined =>
      contextOf({ ...files, ...more })
        .derive(effectiveSettings)
        .get(path)?.value;
    expect(of({}, '/proc/sys/vm/swappiness')).toBe('60');
    expect(of({}, '/proc/sys/vm/dirty_ratio')).toBeUndefined();
    const tuned = {
      'x/etc/tuned/mine/tuned.conf': '[main]\nsummary=s\n[sysctl]\nvm.swappiness=3\n[vm]\nvm.swappiness=4\n',
    };
    expect(of(tuned, '/proc/sys/vm/swappiness')).toBe('60');
    expect(of({ ...tuned, 'x/etc/tuned/active_profile': 'mine\n' }, '/proc/sys/vm/swappiness')).toBe('3');
    expect(of({ 'x/etc/sysctl.conf': 'vm/swappiness=7\n' }, '/proc/sys/vm/swappiness')).toBe('7');
  });

  it('sysctl -a is what is, a file of assignments is what is wanted', () => {
    const at = (text: string, name = 'x.txt'): string[] =>
      importers.filter(({ sniff }) => sniff(Buffer.from(text), name) === 'yes').map(({ id }) => id);
    expect(at('vm.swappiness = 60\ndev.cdrom.info = \nkernel.domainname = (none)\n')).toEqual(['settings']);
    expect(at('vm.swappiness = 60\n', 'etc/sysctl.d/1.conf')).toEqual(['configured-settings']);
    expect(at('vm.swappiness=60\n')).toEqual(['configured-settings']);
    expect(at('; x\n-net.ipv4.conf.*.rp_filter = 2\n-net.ipv4.conf.all.rp_filter\n')).toEqual([
      'configured-settings',
    ]);
    expect(at('wall_s=0.5 nvcsw=2\n')).toEqual(['results']);
  });
});

describe('a capture taken in a container', () => {
  const meminfo = { 'before@proc@meminfo': 'MemTotal:        1000 kB\nMemFree:  1 kB\nMemAvailable: 5 kB\n' };
  const found = (files: Readonly<Record<string, string>>): number =>
    containerOrHost.run(contextOf({ ...meminfo, ...files })).findings.length;

  it('is told by its group or by a limit where a host has none', () => {
    expect(found({ 'before@proc@self@cgroup': '0::/kubepods.slice/kubepods-pod7.slice\n' })).toBe(1);
    expect(found({ 'before@sys@fs@cgroup@memory.max': '512000\n' })).toBe(1);
  });

  it('a session of systemd, no limit, or files of lxcfs are no such sign', () => {
    expect(found({ 'before@proc@self@cgroup': '0::/user.slice/user-0.slice/session-1.scope\n' })).toBe(0);
    expect(found({ 'before@sys@fs@cgroup@memory@memory.limit_in_bytes': '9223372036854771712\n' })).toBe(0);
    expect(found({ 'before@sys@fs@cgroup@memory.max': '1024000\n' })).toBe(0);
  });
});
