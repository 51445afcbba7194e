import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { hdd } from '../../analyzers/io/simulator/devices/built-in.ts';
import type { Simulation } from '../../model/simulation.ts';
import { type Ran, scratch, signalAfter, vtune } from '../support/vtune.ts';

/** One reader alone, one at a time, far from everything else. */
const job = '[reader]\nrw=randread\ndirect=1\nbs=4k\nsize=100g\nruntime=5\n';
const task = { name: 'reader', range: 2 ** 30 };

let folder = '';
let fio = '';
beforeAll(() => {
  folder = scratch();
  fio = file('one.fio', job);
});
function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}
const simulate = (...args: string[]): Promise<Ran> => vtune(['simulate', ...args]);
async function predicted(...args: string[]): Promise<Simulation> {
  const { code, stdout, stderr } = await simulate(...args, '--json', '-');
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout) as Simulation;
}

describe('vtune simulate', () => {
  it('agrees with arithmetic for one flash read at a time, under every scheduler', async () => {
    const workload = file('flash.json', { duration: 2e9, tasks: [task] });
    const { predictions, seeds } = await predicted(workload, '--device', 'ssd');
    expect(seeds).toEqual([1, 2, 3]);
    expect(predictions.map(({ scheduler }) => scheduler)).toEqual([
      'noop',
      'deadline',
      'anticipatory',
      'cfq',
      'none',
      'mq-deadline',
      'kyber',
      'bfq',
    ]);
    // overhead 10 + read 60 + 4096 B at 400 and at 550 MB/s + reply 5 µs; turns of 100 µs between them.
    const latency = 10 + 60 + 4096 / 400 + 4096 / 550 + 5;
    for (const { scheduler, tasks, validation } of predictions) {
      const [reader] = tasks;
      expect((reader?.latencyMean.mean ?? 0) / 1000, scheduler).toBeCloseTo(latency, -0.5);
      expect((reader?.rate.mean ?? 0) / (1e6 / (latency + 100)), scheduler).toBeCloseTo(1, 1);
      expect(validation, `${scheduler}: nobody measured the flash drive`).toBeUndefined();
    }
  });

  it('prints a table with spread, n and what is known of the error', async () => {
    const { code, stdout } = await simulate(fio, '--scheduler', 'kyber,cfq', '--seeds', '4', '--seed', '7');
    const text = Buffer.from(stdout, 'latin1').toString();
    expect(code).toBe(0);
    expect(text).toContain('over 4 seeds, 7 to 10');
    expect(text).toMatch(/reader +[\d.]+ \/s \([\d.]+ \/s–[\d.]+ \/s\)/);
    expect(text).toMatch(
      /kyber {2}\(modelled on .*6\.1\)[\s\S]*known error: rates [\d.]+ % on average.*n = 9 jobs/,
    );
    expect(text).toMatch(/cfq {2}\(modelled on .*4\.4[\s\S]*not validated/);
  });

  it('gives the same answer to the same seeds, another to others', async () => {
    const [a, again, other] = await Promise.all([
      predicted(fio, '--scheduler', 'none'),
      predicted(fio, '--scheduler', 'none'),
      predicted(fio, '--scheduler', 'none', '--seed', '9'),
    ]);
    expect(again).toEqual(a);
    expect(other?.predictions[0]?.rate).not.toEqual(a?.predictions[0]?.rate);
    const { low = 0, mean = 0, high = 0 } = a?.predictions[0]?.rate ?? {};
    expect(low).toBeLessThan(mean);
    expect(mean).toBeLessThan(high);
  });

  it('sweeps a tunable over the schedulers that have it; errors are known for defaults, and the least to expect of others', async () => {
    const { predictions } = await predicted(
      ...[fio, '--seconds', '1', '--sweep', 'writes_starved=1..3'],
      ...['--set', 'mq-deadline.fifo_batch=4'],
    );
    expect(predictions.map(({ scheduler, settings }) => [scheduler, settings])).toEqual([
      ['deadline', { writes_starved: 1 }],
      ['deadline', { writes_starved: 2 }],
      ['deadline', { writes_starved: 3 }],
      ['mq-deadline', { fifo_batch: 4, writes_starved: 1 }],
      ['mq-deadline', { fifo_batch: 4, writes_starved: 2 }],
      ['mq-deadline', { fifo_batch: 4, writes_starved: 3 }],
    ]);
    // Nobody measured deadline. Of mq-deadline the defaults were: they are its error when a sweep comes by them.
    expect(predictions.map(({ validation }) => validation?.ofDefaults)).toEqual([
      ...[undefined, undefined, undefined],
      ...[true, true, true],
    ]);
    const swept = await predicted(
      ...[fio, '--seconds', '1', '--scheduler', 'mq-deadline', '--sweep', 'writes_starved=2..3'],
    );
    const [own, other] = swept.predictions.map(({ validation }) => validation);
    expect(own?.n).toBe(9);
    expect(other).toEqual({ ...own, ofDefaults: true });
    const { stdout } = await simulate(
      ...[fio, '--seconds', '1', '--scheduler', 'mq-deadline', '--set', 'mq-deadline.writes_starved=3'],
    );
    expect(stdout).toMatch(/known error of its default tunables, the least to expect: rates [\d.]+ %/);
  });

  it('prints commands to choose, undo and keep a scheduler', async () => {
    const args = [fio, '--seconds', '1', '--scheduler', 'mq-deadline,cfq', '--target-device', 'sdb'];
    const { predictions } = await predicted(...args, '--set', 'mq-deadline.writes_starved=4');
    const [cfq, deadline] = [predictions[1]?.apply, predictions[0]?.apply];
    expect(cfq?.kernel).toBe('legacy');
    expect(deadline).toMatchObject({
      kernel: 'blk-mq',
      apply: [
        "old_scheduler=$(sed 's/.*\\[\\(.*\\)\\].*/\\1/' /sys/block/sdb/queue/scheduler)",
        'echo mq-deadline | sudo tee /sys/block/sdb/queue/scheduler',
        'old_writes_starved=$(cat /sys/block/sdb/queue/iosched/writes_starved)',
        'echo 4 | sudo tee /sys/block/sdb/queue/iosched/writes_starved',
      ],
      undo: [
        'echo "$old_writes_starved" | sudo tee /sys/block/sdb/queue/iosched/writes_starved',
        'echo "$old_scheduler" | sudo tee /sys/block/sdb/queue/scheduler',
      ],
      persist:
        'ACTION=="add|change", SUBSYSTEM=="block", KERNEL=="sdb", ATTR{queue/scheduler}="mq-deadline", ATTR{queue/iosched/writes_starved}="4"',
    });
  });

  it('prints commands for the kernel that is said, and none it cannot have', async () => {
    const args = [fio, '--seconds', '1', '--scheduler', 'deadline,kyber', '--target-device', 'sda'];
    const { predictions, caveats, kernel } = await predicted(...args, '--kernel', '3.10.0-1160.el7.x86_64');
    expect(kernel).toBe('3.10.0-1160.el7.x86_64');
    expect(predictions[0]?.apply?.kernel).toBe('legacy');
    expect(predictions[1]).toMatchObject({
      scheduler: 'kyber',
      notOnThisKernel: 'kyber came with Linux 4.12',
    });
    expect(predictions[1]?.apply).toBeUndefined();
    expect(predictions[1]?.tasks[0]?.n).toBeGreaterThan(0);
    expect(caveats[0]).toBe('not on this kernel, 3.10.0-1160.el7.x86_64: kyber (kyber came with Linux 4.12)');
    const { code, stderr } = await simulate(...args, '--kernel', 'newest');
    expect(code).toBe(2);
    expect(stderr).toContain('--kernel newest: expected a release, as 4.19.0-25-amd64');
  });

  it('says what it assumed where a job file does not tell', async () => {
    const variable = file('rt.fio', job.replace('runtime=5', `time_based\nruntime=$${'{RT}'}`));
    const args = [variable, '--scheduler', 'none', '-q', '--json', '-'];
    const { stdout, stderr } = await simulate(...args);
    const { notes, duration } = JSON.parse(stdout) as Simulation;
    expect(duration).toBe(20e9);
    expect(notes).toEqual([expect.stringMatching(/^job reader: runtime=.* 20 s are simulated/)]);
    expect(stderr).toBe(`vtune: ${notes[0]}\n`);
    expect((await simulate(...args, '--seconds', '1')).stderr).toBe('');
  });

  it('answers Ctrl-C at once', async () => {
    const long = file('long.json', { tasks: [{ ...task, depth: 64 }], duration: 3600e9 });
    let asked = 0;
    const { code } = await vtune(['simulate', long, '--device', 'ssd'], {
      during: (child) => {
        void signalAfter(child, 1.5, 'SIGINT').then(() => {
          asked = performance.now();
        });
      },
    });
    expect(code).toBe(130);
    expect(performance.now() - asked).toBeLessThan(1000);
  });
});

describe('what vtune simulate refuses', () => {
  it.each([
    ['an unknown scheduler', ['--scheduler', 'cfg'], /there is no such scheduler; simulated are noop, /],
    ['a tunable of another', ['--set', 'kyber.quantum=3'], /kyber has read_lat_nsec, write_lat_nsec/],
    ['a tunable of none', ['--set', 'none.quantum=3'], /none has no tunables/],
    ['a property every object has', ['--set', 'cfq.constructor=3'], /cfq has quantum/],
    ['a negative value', ['--set', 'cfq.quantum=-1'], /expected scheduler\.tunable=number/],
    ['a sweep that goes down', ['--sweep', 'quantum=4..1'], /expected tunable=first\.\.last/],
    ['two seeds', ['--seeds', '2'], /whole number from 3 to 100/],
    ['a device that is not there', ['--device', 'tape'], /there is no device tape; say hdd or ssd/],
    ['a command in a name', ['--target-device', 'sda;reboot'], /expected a name from \/sys\/block/],
  ])('%s', async (_, args, message) => {
    const { code, stderr } = await simulate(fio, '--seconds', '1', ...args);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(code).toBe(2);
  });

  it.each([
    ['not JSON', '{"tasks": [', /w\.json: is not JSON/],
    ['no tasks', {}, /w\.json: tasks: expected a list of 1 to 256, found nothing/],
    [
      'a field of the wrong type',
      { tasks: [{ ...task, depth: '4' }] },
      /tasks\[0\]\.depth: expected a whole number from 1 to 4096, found "4"/,
    ],
    [
      'a misspelt field',
      { tasks: [{ ...task, dept: 4 }] },
      /tasks\[0\]\.dept: there is no such field; known are name/,
    ],
    ['half a sector', { tasks: [{ ...task, bytes: 700 }] }, /tasks\[0\]\.bytes: expected a multiple of 512/],
    [
      'a range beyond the disk',
      { tasks: [{ ...task, range: 2 ** 40 }] },
      /reader works up to byte 1099511627776/,
    ],
    ['a job without size', '[r]\nrw=read\ndirect=1\n', /no size/],
    [
      'a job with depth 0',
      `${job}ioengine=libaio\niodepth=0\n`,
      /tasks\[0\]\.depth: expected a whole number/,
    ],
  ])('a workload with %s', async (_, content, message) => {
    const { code, stderr } = await simulate(file('w.json', content));
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it.each([
    ['no kind', {}, /kind: expected disk, ssd or array, found nothing/],
    ['a zone without speed', { ...hdd, zoneRates: [0] }, /zoneRates\[0\]: expected a number from 0\.001/],
    [
      'a long seek that is quicker',
      { ...hdd, fullSeek: 1000 },
      /fullSeek: expected at least kneeSeek \(8000\)/,
    ],
  ])('a device with %s', async (_, content, message) => {
    const { code, stderr } = await simulate(fio, '--device', file('d.json', content));
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it('takes its own disk from a file, as the same disk', async () => {
    const args = [fio, '--seconds', '1', '--scheduler', 'none'];
    const [built, written] = await Promise.all([
      predicted(...args),
      predicted(...args, '--device', file('hdd.json', { ...hdd })),
    ]);
    expect(written?.predictions[0]?.tasks).toEqual(built?.predictions[0]?.tasks);
  });
});

describe('vtune simulate on a capture', () => {
  const starve = 'datasets/real/block-starve';

  it('fits workload and device, and says how far off the captured scheduler comes out', async () => {
    const device = join(folder, 'fitted.json');
    const workload = join(folder, 'workload.json');
    const args = [
      starve,
      '--captured-scheduler',
      'mq-deadline',
      '--save-device',
      device,
      '--save-workload',
      workload,
    ];
    const { capture, predictions } = await predicted(...args, '--scheduler', 'none');
    expect(capture).toMatchObject({ scheduler: 'mq-deadline', demerit: { heldOut: true } });
    // The reader in real time, the one it starved (four requests in all), and the deep writer.
    expect(capture?.tasks.map(({ task: name, n }) => [name, n])).toEqual([
      ['fio 15540', 1190],
      ['fio 15539', 4],
      ['fio 15538 write', 301],
    ]);
    expect(predictions.map(({ scheduler }) => scheduler)).toEqual(['mq-deadline', 'none']);
    expect(Math.abs(capture?.replay?.[0]?.rate ?? Number.NaN)).toBeLessThan(0.1);
    const [again, change] = predictions.map(({ validation }) => validation);
    expect(again).toMatchObject({ n: 3, against: 'this capture: mq-deadline simulated and measured' });
    expect(again?.rateMean).toBeGreaterThan(0);
    // Of a change the larger of that and of what changes of scheduler were off where they were compared.
    expect(change?.replay).toEqual({ rateMean: again?.rateMean, rateMax: again?.rateMax, n: 3 });
    expect(change?.rateMean).toBe(Math.max(again?.rateMean ?? 0, change?.across?.rateMean ?? 0));
    expect(change?.against).toMatch(/^this capture: mq-deadline .*; or predictions of each scheduler/);
    // What was saved is a description like any other, and gives the same prediction.
    const saved = await predicted(workload, '--device', device, '--scheduler', 'none');
    expect(saved.predictions[0]?.tasks).toEqual(predictions[1]?.tasks);
  });

  it('prints both errors of a change, commands that undo to what was captured, and what is not on this kernel', async () => {
    const settings = file(
      'settings.txt',
      '/sys/block/loop0/queue/scheduler: none [mq-deadline] kyber bfq\n/sys/block/loop0/queue/rotational: 1\n',
    );
    const args = [`${starve}/blkparse.txt.gz`, settings, '--scheduler', 'kyber,cfq'];
    const { stdout, code } = await simulate(...args, '--kernel', '6.1.0', '--target-device', 'loop0');
    expect(code).toBe(0);
    expect(stdout).toContain('  no IO priorities in the capture (ftrace');
    const [, kyber = '', cfq = ''] = /^kyber ([\s\S]*)^cfq ([\s\S]*)/m.exec(stdout) ?? [];
    expect(kyber).toMatch(
      /known error: .*\n {4}rates, the larger of: the captured scheduler simulated again [\d.]+ %, .*; predictions of this one from captures under others, .* \(n = 27\)\n/,
    );
    expect(kyber).toContain('  undo it, to what was captured:\n    echo mq-deadline | sudo tee');
    expect(cfq).toContain('  not on this kernel: cfq was removed in Linux 5.0\n');
    expect(cfq).not.toContain('sudo tee');
  });

  it('does not validate where nobody says what ran', async () => {
    const { code, stdout } = await simulate(starve, '--scheduler', 'none', '-q', '--json', '-');
    const { capture, predictions } = JSON.parse(stdout) as Simulation;
    expect(code).toBe(0);
    expect(capture?.scheduler).toBeUndefined();
    expect(predictions[0]?.validation).toBeUndefined();
    const text = await simulate(starve, '--scheduler', 'none', '--seeds', '3');
    expect(text.stdout).toMatch(/demerit of the device .* reads \d+\.\d % \(n = \d+\), writes/);
    expect(text.stdout).toContain('not validated');
    expect(text.stdout).toContain('recorded operations are the same for every seed');
    expect(text.stdout).not.toContain('errors are of other workloads');
  });

  it.each([
    [['datasets/real/multi-event-short.perf.txt'], 'no completed reads or writes'],
    [['one.fio', '--save-device', 'x.json'], '--save-device is for captures'],
    [['nowhere.trace'], 'nowhere.trace'],
  ])('refuses %j with one line', async (args, message) => {
    const { code, stderr } = await simulate(...args.map((arg) => (arg === 'one.fio' ? fio : arg)));
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
