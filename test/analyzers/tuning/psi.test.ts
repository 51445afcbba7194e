import { describe, expect, it } from 'vitest';
import { type Files, findingOf, metricOf, reportOf } from '../../support/copied-files.ts';

const lines = (us: number): string =>
  `some avg10=0.00 avg60=0.00 avg300=0.00 total=${us}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=${us}\n`;
/** Pressure of a resource by group ('' the host), in tenths of the ten seconds between two copies. */
const at = (resource: string, stalls: Readonly<Record<string, number>>, moment: 0 | 1): Files =>
  Object.fromEntries(
    Object.entries(stalls).map(([group, tenths]) => [
      group === '' ? `/proc/pressure/${resource}` : `/sys/fs/cgroup${group}/${resource}.pressure`,
      lines(moment * tenths * 1e6),
    ]),
  );
const report = (
  resource: string,
  stalls: Readonly<Record<string, number>>,
  before: Files = {},
  after: Files = before,
) => reportOf({ ...at(resource, stalls, 0), ...before }, { ...at(resource, stalls, 1), ...after });
const cards = (...of: Parameters<typeof report>) =>
  report(...of).findings.filter(({ id }) => id.startsWith('psi/'));
const shown = (...of: Parameters<typeof report>) =>
  cards(...of).map(({ id, evidence }) => [id, evidence.map(({ label }) => label.split(',')[0])]);

describe('pressure', () => {
  it('trap: a quota shows in the group and not on the host', () => {
    const found = report('cpu', { '': 0.004, '/t': 4 });
    expect(metricOf(found, 'psi.some', { resource: 'cpu', cgroup: '/t' })).toBe(0.4);
    expect(metricOf(found, 'psi.full', { resource: 'cpu', cgroup: '' })).toBe(0.0004);
    const said = findingOf(found, 'psi/cpu//t');
    expect(said?.caveats.join()).toContain('a quota of the group');
    expect(said?.actions[0]?.run).toContain('nr_throttled');
  });

  it('the host that stalls with a group is evidence of the group’s card', () => {
    expect(shown('memory', { '': 3, '/t': 3 })).toEqual([
      ['psi/memory//t', ['memory full of /t', 'memory full of host']],
    ]);
    expect(cards('memory', { '': 3, '/t': 3 })[0]?.claim).toContain('which is what the host waits for');
  });

  it('so are the groups above it', () => {
    expect(shown('memory', { '': 3, '/a': 3, '/a/b': 2.9 })).toEqual([
      ['psi/memory//a/b', ['memory full of /a/b', 'memory full of host', 'memory full of /a']],
    ]);
  });

  it('a host that stalls far longer than any group has a card of its own', () => {
    expect(shown('memory', { '': 6, '/t': 2 }).map(([id]) => id)).toEqual([
      'psi/memory/host',
      'psi/memory//t',
    ]);
  });

  it('groups beside each other have a card each', () => {
    expect(shown('memory', { '/a': 3, '/ab': 3 }).map(([id]) => id)).toEqual([
      'psi/memory//a',
      'psi/memory//ab',
    ]);
  });

  it('trap: the average of ten seconds decays; totals decide where there are times', () => {
    const text = (avg: number, us: number): string =>
      `some avg10=${avg.toFixed(2)} avg60=0.00 avg300=0.00 total=${us}\nfull avg10=${avg.toFixed(2)} avg60=0.00 avg300=0.00 total=${us}\n`;
    const found = reportOf(
      { '/proc/pressure/memory': text(60, 0) },
      { '/proc/pressure/memory': text(60, 100_000) },
    );
    expect(findingOf(found, 'psi/memory/host')).toBeUndefined();
    expect(findingOf(found, 'psi/none')?.claim).toContain('1.0 %');
  });

  it('trap: full of the CPU is always zero for the host: some is judged', () => {
    const cpu = (us: number): Files => ({
      '/proc/pressure/cpu': `some avg10=0.00 avg60=0.00 avg300=0.00 total=${us}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n`,
    });
    expect(findingOf(reportOf(cpu(0), cpu(3_000_000)), 'psi/cpu/host')?.claim).toContain('30.0 %');
  });

  it('trap: a group that waits and was never stopped by its quota is in contention', () => {
    const v2 = '/sys/fs/cgroup/t';
    const quota = (periods: number): Files => ({
      [`${v2}/cpu.max`]: '50000 100000\n',
      [`${v2}/cpu.stat`]: `usage_usec ${periods * 9000}\nnr_periods ${periods}\nnr_throttled 0\nthrottled_usec 0\n`,
    });
    const found = report('cpu', { '': 3, '/t': 3 }, quota(0), quota(100));
    const said = findingOf(found, 'psi/cpu//t');
    expect(said?.caveats.join()).not.toContain('quota');
    expect(said?.actions[0]?.run).toBe(`echo 200 > ${v2}/cpu.weight`);
  });

  it('trap: pressure that is switched off is not read as no pressure', () => {
    const found = reportOf({ '/proc/pressure/memory': '\n' });
    expect(found.notRun.map(({ analyzer }) => analyzer)).toContain('psi/stalls');
  });

  it('trap: full of irq is read, some there is none', () => {
    const irq = (us: number): Files => ({
      '/proc/pressure/irq': `full avg10=0.00 avg60=0.00 avg300=0.00 total=${us}\n`,
    });
    const found = reportOf(irq(0), irq(100_000));
    expect(metricOf(found, 'psi.full', { resource: 'irq' })).toBe(0.01);
    expect(metricOf(found, 'psi.some', { resource: 'irq' })).toBeUndefined();
  });
});

describe('what explains a stall has the card, and the pressure as evidence', () => {
  const v2 = '/sys/fs/cgroup/t';
  it('memory.high that holds a group back', () => {
    const held = (high: number): Files => ({
      [`${v2}/memory.current`]: '33554432\n',
      [`${v2}/memory.high`]: '33554432\n',
      [`${v2}/memory.events`]: `low 0\nhigh ${high}\nmax 0\noom 0\noom_kill 0\n`,
    });
    const found = report('memory', { '': 1.6, '/t': 2 }, held(0), held(206));
    expect(found.findings.filter(({ id }) => id.startsWith('psi/'))).toEqual([]);
    expect(findingOf(found, 'memory/cgroup//t')?.evidence.map(({ label }) => label)).toEqual([
      'Memory of control groups',
      'memory full of /t, 1 intervals',
      'memory full of host, 1 intervals',
    ]);
  });

  it('a quota that stops a group', () => {
    const quota = (periods: number): Files => ({
      [`${v2}/cpu.max`]: '50000 100000\n',
      [`${v2}/cpu.stat`]: `usage_usec ${periods * 50_000}\nnr_periods ${periods}\nnr_throttled ${periods}\nthrottled_usec ${periods * 50_000}\n`,
    });
    const found = report('cpu', { '': 4.5, '/t': 5 }, quota(0), quota(100));
    expect(found.findings.filter(({ id }) => id.startsWith('psi/'))).toEqual([]);
    expect(findingOf(found, 'cgroup/cpu-quota/t')?.evidence).toHaveLength(3);
  });
});

describe('actions', () => {
  const v2 = '/sys/fs/cgroup/db.service';
  const memory: Files = {
    [`${v2}/memory.current`]: '104857600\n',
    [`${v2}/memory.stat`]: 'anon 94371840\nfile 0\ninactive_file 0\n',
  };

  it('a group without a limit is protected; what it was set to is put back', () => {
    const [card] = cards('memory', { '/db.service': 3 }, { ...memory, [`${v2}/memory.low`]: '4096\n' });
    expect(card?.actions[0]).toMatchObject({
      run: `echo 104857600 > ${v2}/memory.low`,
      undo: `echo 4096 > ${v2}/memory.low`,
      persist: 'systemctl set-property db.service MemoryLow=104857600',
      verify: `cat ${v2}/memory.pressure /proc/pressure/memory`,
    });
  });

  it('a host that stalls slows its largest group down: 90 % of 100 MiB', () => {
    const [card] = cards('memory', { '': 3 }, memory);
    expect(card?.actions[0]).toMatchObject({
      run: `echo 94371840 > ${v2}/memory.high`,
      undo: `echo max > ${v2}/memory.high`,
      persist: 'systemctl set-property db.service MemoryHigh=94371840',
    });
  });

  it.each([
    ['cpu', { [`${v2}/cpu.weight`]: '50\n' }, 'echo 100', 'echo 50', 'CPUWeight=100'],
    ['io', { [`${v2}/io.weight`]: 'default 300\n' }, 'echo 600', 'echo 300', 'IOWeight=600'],
    ['io', {}, 'echo 200', 'echo 100', 'IOWeight=200'],
  ])('a group that waits for %s gets twice its weight', (resource, files, run, undo, persist) => {
    // A host that waits, too: no quota of the group is behind it.
    const [card] = cards(resource, { '': 3, '/db.service': 3 }, files as Files);
    expect(card?.actions[0]).toMatchObject({
      run: `${run} > ${v2}/${resource}.weight`,
      undo: `${undo} > ${v2}/${resource}.weight`,
      persist: `systemctl set-property db.service ${persist}`,
    });
  });

  it('a group with a hostile name gets no command', () => {
    const [card] = cards('memory', { '/a;reboot': 3 });
    expect(card?.id).toBe('psi/memory//a;reboot');
    expect(card?.actions).toEqual([]);
  });
});
