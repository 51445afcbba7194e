import { describe, expect, it } from 'vitest';
import { Context } from '../../../analyzers/context.ts';
import { kernelRelease } from '../../../analyzers/derived/settings.ts';
import { chooseScheduler } from '../../../analyzers/io/simulator/apply/apply-commands.ts';
import { availabilityOf, type Machine } from '../../../analyzers/io/simulator/apply/availability.ts';
import { isSince, parseRelease } from '../../../analyzers/io/simulator/apply/kernel-release.ts';
import { capturedQueue, capturedVariant } from '../../../analyzers/io/simulator/fit/captured-queue.ts';
import { type SchedulerName, schedulerNames } from '../../../model/simulation.ts';
import { settings as settingsImporter } from '../../../workers/importers/settings.ts';
import { importCut } from '../../support/import.ts';

function machine(release: string, listed?: string, device = 'sda'): Machine & { readonly device: string } {
  const parsed = parseRelease(release);
  if (parsed === undefined) throw new Error(release);
  return { release: parsed, device, ...(listed === undefined ? {} : { listed }) };
}

/** `noop deadline boot:none`: what can be chosen, `module:` loaded first, `boot:` after a boot with another parameter. */
function choices(of: Machine): string {
  return schedulerNames
    .flatMap((name) => {
      const found = availabilityOf(name, {}, of);
      if (!found.can) return [];
      return [
        `${found.boot === undefined ? '' : 'boot:'}${found.module === undefined ? '' : 'module:'}${name}`,
      ];
    })
    .join(' ');
}
const why = (name: SchedulerName, of: Machine, settings: Record<string, number> = {}): string => {
  const found = availabilityOf(name, settings, of);
  return found.can ? found.note : found.why;
};

describe('what a kernel can choose', () => {
  it.each([
    ['2.6.32', '2.6.32-754.el6.x86_64', 'noop anticipatory deadline [cfq]', 'noop deadline anticipatory cfq'],
    ['2.6.32, nothing listed', '2.6.32', undefined, 'noop deadline anticipatory cfq'],
    ['3.10 of RHEL 7', '3.10.0-1160.el7.x86_64', 'noop [deadline] cfq', 'noop deadline cfq'],
    ['3.10 of RHEL 7, cfq a module', '3.10.0-1160.el7.x86_64', 'noop [deadline]', 'noop deadline module:cfq'],
    // What a distribution took over from later kernels is listed.
    [
      '3.10 of RHEL 7, blk-mq',
      '3.10.0-1160.el7.x86_64',
      '[mq-deadline] kyber none',
      'none mq-deadline kyber',
    ],
    [
      '4.14, older layer',
      '4.14.336',
      'noop deadline [cfq]',
      'noop deadline cfq boot:none boot:mq-deadline boot:kyber boot:bfq',
    ],
    [
      '4.19 with scsi_mod.use_blk_mq=1',
      '4.19.0-25-amd64',
      '[mq-deadline] none',
      'boot:noop boot:deadline boot:cfq none mq-deadline module:kyber module:bfq',
    ],
    [
      '4.19 with scsi_mod.use_blk_mq=0',
      '4.19.0-25-amd64',
      'noop deadline [cfq]',
      'noop deadline cfq boot:none boot:mq-deadline boot:kyber boot:bfq',
    ],
    ['4.18 of RHEL 8', '4.18.0-553.el8_10.x86_64', undefined, 'none mq-deadline kyber bfq'],
    ['5.15', '5.15.0-105-generic', '[mq-deadline] none', 'none mq-deadline module:kyber module:bfq'],
    ['6.18', '6.18.44-fc-v669', '[none] mq-deadline kyber bfq', 'none mq-deadline kyber bfq'],
    ['a device without requests', '6.18.0', 'none', 'none'],
  ])('%s', (_, release, listed, expected) => {
    expect(choices(machine(release, listed))).toBe(expected);
  });

  it('says why not', () => {
    expect(why('cfq', machine('6.18.44', '[none] bfq'))).toBe('cfq was removed in Linux 5.0');
    expect(why('anticipatory', machine('3.10.0', 'noop [cfq]'))).toBe(
      'anticipatory was removed in Linux 2.6.33',
    );
    expect(why('kyber', machine('3.10.0', 'noop [cfq]'))).toBe('kyber came with Linux 4.12');
    expect(why('deadline', machine('4.18.0-553.el8.x86_64'))).toBe('deadline was removed in el8');
    expect(why('cfq', machine('4.19.0', '[none] mq-deadline', 'nvme0n1'))).toBe(
      'cfq is not for devices on blk-mq, as this one is',
    );
    expect(why('bfq', machine('4.19.0', 'noop [cfq]', 'dm-0'))).toContain('dm_mod.use_blk_mq=1');
    expect(why('cfq', machine('4.19.0', '[mq-deadline] none'))).toContain('scsi_mod.use_blk_mq=0');
  });

  it('knows since when there are tunables', () => {
    const ubuntu = machine('5.15.0-105-generic', '[mq-deadline] none');
    expect(why('mq-deadline', ubuntu, { prio_aging_expire: 1000 })).toBe(
      'mq-deadline has prio_aging_expire since 5.16',
    );
    expect(availabilityOf('mq-deadline', { async_depth: 64, writes_starved: 4 }, ubuntu).can).toBe(true);
    expect(availabilityOf('mq-deadline', { async_depth: 64 }, machine('5.4.0')).can).toBe(false);
    expect(availabilityOf('cfq', { group_idle: 0 }, machine('2.6.32', 'noop [cfq]')).can).toBe(false);
    expect(availabilityOf('mq-deadline', { prio_aging_expire: 1 }, machine('6.18.0')).can).toBe(true);
  });

  it('reads releases, and compares them as numbers', () => {
    expect(parseRelease('3.10.0-1160.el7.x86_64')).toMatchObject({ version: [3, 10, 0], enterprise: 7 });
    expect(parseRelease('6.9-rc3')).toMatchObject({ version: [6, 9, 0] });
    for (const odd of ['', 'linux', '6', '6.1x', '6.1.$(reboot)'])
      expect(parseRelease(odd), odd).toBeUndefined();
    const release = parseRelease('2.6.32');
    if (release === undefined) throw new Error('2.6.32');
    expect(['2.6.4', '2.6.32', '2.6.33', '2.7', '3.0'].map((since) => isSince(release, since))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('a captured queue', () => {
  const settings = (lines: string): Context =>
    new Context(importCut(settingsImporter, Buffer.from(lines.trim().replace(/^\s+/gm, ''))));

  it('has changed what reads otherwise than the kernel would set it', () => {
    const context = settings(`
      /sys/block/sda/queue/scheduler: none mq-deadline kyber [bfq]
      /sys/block/sda/queue/iosched/slice_idle: 8
      /sys/block/sda/queue/iosched/slice_idle_us: 8000
      /sys/block/sda/queue/iosched/timeout_sync: 124
      /sys/block/sda/queue/iosched/low_latency: 0
      /proc/sys/kernel/osrelease: 5.15.0-105-generic
    `);
    expect(capturedQueue(context, 8 << 20)).toMatchObject({
      listed: 'none mq-deadline kyber [bfq]',
      scheduler: 'bfq',
      tunables: { timeout_sync: '124', low_latency: '0' },
      changed: ['low_latency'],
    });
    expect(capturedVariant(context, 8 << 20, 'bfq')).toEqual({
      scheduler: 'bfq',
      settings: { low_latency: 0 },
    });
    expect(kernelRelease(context)).toBe('5.15.0-105-generic');
  });

  it('has all tags where async_depth is nr_requests', () => {
    const context = settings(`
      /sys/block/sda/queue/scheduler: [mq-deadline] none
      /sys/block/sda/queue/nr_requests: 64
      /sys/block/sda/queue/iosched/async_depth: 64
      /sys/block/sda/queue/iosched/writes_starved: 5
    `);
    expect(capturedQueue(context, 8 << 20)?.changed).toEqual(['writes_starved']);
    expect(capturedQueue(settings('/sys/block/sda/queue/nr_requests: 64\n'), 8 << 20)).toBeUndefined();
  });
});

describe('commands', () => {
  const captured = {
    listed: 'none [mq-deadline] kyber',
    scheduler: 'mq-deadline',
    tunables: { writes_starved: '8', fifo_batch: '16', read_expire: '500' },
    changed: ['writes_starved'],
  };
  const on = machine('6.18.0', captured.listed);

  it('go back to the captured scheduler and what was changed of its tunables', () => {
    const found = chooseScheduler('kyber', { read_lat_nsec: 5e6 }, on, captured);
    expect(found).toMatchObject({
      apply: {
        apply: [
          'echo kyber | sudo tee /sys/block/sda/queue/scheduler',
          'echo 5000000 | sudo tee /sys/block/sda/queue/iosched/read_lat_nsec',
        ],
        undo: [
          'echo mq-deadline | sudo tee /sys/block/sda/queue/scheduler',
          'echo 8 | sudo tee /sys/block/sda/queue/iosched/writes_starved',
        ],
        persist:
          'ACTION=="add|change", SUBSYSTEM=="block", KERNEL=="sda", ATTR{queue/scheduler}="kyber", ATTR{queue/iosched/read_lat_nsec}="5000000"',
      },
    });
  });

  it('of the same scheduler go back to the captured value of each tunable set', () => {
    expect(chooseScheduler('mq-deadline', { fifo_batch: 4, writes_starved: 2 }, on, captured)).toMatchObject({
      apply: {
        undo: [
          'echo mq-deadline | sudo tee /sys/block/sda/queue/scheduler',
          'echo 16 | sudo tee /sys/block/sda/queue/iosched/fifo_batch',
          'echo 8 | sudo tee /sys/block/sda/queue/iosched/writes_starved',
        ],
      },
    });
  });

  it('load a module that is not listed, and are none where the kernel has no such scheduler', () => {
    expect(chooseScheduler('bfq', {}, on, captured)).toMatchObject({
      apply: { apply: ['sudo modprobe bfq', 'echo bfq | sudo tee /sys/block/sda/queue/scheduler'] },
    });
    expect(chooseScheduler('cfq', {}, on, captured)).toEqual({
      notOnThisKernel: 'cfq was removed in Linux 5.0',
    });
  });

  it('are for a machine booted otherwise where the other layer is wanted', () => {
    const found = chooseScheduler('bfq', {}, machine('4.14.336', 'noop deadline [cfq]'));
    expect(found).toMatchObject({
      apply: { boot: 'scsi_mod.use_blk_mq=1', undo: ['# boot without scsi_mod.use_blk_mq=1'] },
    });
  });

  it('never take what a capture says for a command', () => {
    const hostile = { ...captured, tunables: { writes_starved: '8; reboot' } };
    const found = chooseScheduler('kyber', {}, on, hostile);
    expect(JSON.stringify(found)).not.toContain('reboot');
    const odd = chooseScheduler('kyber', {}, on, { ...captured, scheduler: '$(reboot)' });
    expect(JSON.stringify(odd)).not.toContain('reboot');
  });

  it('quote names of old controllers', () => {
    const found = chooseScheduler('noop', {}, machine('2.6.32', 'noop [cfq]', 'cciss!c0d0'));
    expect(JSON.stringify(found)).toContain("tee '/sys/block/cciss!c0d0'/queue/scheduler");
    expect(JSON.stringify(found)).toContain('cciss?c0d0');
  });
});
