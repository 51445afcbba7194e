import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Context } from '../../analyzers/context.ts';
import { knobLabels, settingsRead } from '../../analyzers/derived/settings.ts';
import { activeValue } from '../../model/knobs.ts';
import { kernelFilesImporter } from '../../workers/importers/kernel-files.ts';
import { settings } from '../../workers/importers/settings.ts';
import { checkImporter } from '../support/check-importer.ts';
import { importRun } from '../support/import.ts';
import { repo } from '../support/paths.ts';

const real = readFileSync(repo('datasets/real/io-settings/bfq.settings.txt'));

function labelsOf(...files: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
  const run = importRun(
    ...files.map(([name, text]) => {
      const bytes = Buffer.from(text);
      return [settings.sniff(bytes, name) === 'yes' ? settings : kernelFilesImporter, bytes, name] as const;
    }),
  );
  return knobLabels(new Context(run));
}

describe('settings importer', () => {
  checkImporter(settings, real, 'settings-bfq.txt');

  it('tells the active scheduler of a real capture, and keeps every file that was listed', () => {
    const context = new Context(importRun([settings, real]));
    expect(knobLabels(context)).toEqual({
      scheduler: 'bfq',
      low_latency: '1',
      nr_requests: '256',
      rotational: '1',
      wbt_lat_usec: '0',
    });
    expect(settingsRead(context).get('/sys/block/loop0/queue/iosched/timeout_sync')).toBe('124');
    // A path with a colon, from the same file.
    expect(settingsRead(context).get('/sys/class/bdi/7:0/max_bytes')).toBe('67105331');
  });

  it('reads what grep -H prints, and copies of single files under either name', () => {
    expect(labelsOf(['list', '/sys/block/sda/queue/scheduler:[none] kyber\n'])).toEqual({
      scheduler: 'none',
    });
    expect(labelsOf(['run/@sys@block@sda@queue@scheduler', 'none [kyber]\n'])).toEqual({
      scheduler: 'kyber',
    });
    expect(labelsOf(['host/sys/kernel/mm/transparent_hugepage/enabled', 'always [madvise] never\n'])).toEqual(
      {
        thp: 'madvise',
      },
    );
    expect(labelsOf(['x/@sys@kernel@mm@ksm@run', '1\n'])).toEqual({ ksm: '1' });
    const status = 'Name:\tfio\nUmask:\t0022\nCpus_allowed:\t3\nCpus_allowed_list:\t0-1\n';
    expect(labelsOf(['@proc@812@status', status])).toEqual({ cpus_allowed: '0-1' });
  });

  it('names every device when they differ, and one value when they agree', () => {
    const of = (b: string): string =>
      `/sys/block/sda/queue/scheduler: none [bfq]\n/sys/block/sdb/queue/scheduler: ${b}\n`;
    expect(labelsOf(['l', of('[none] bfq')])).toEqual({ scheduler: 'sda bfq, sdb none' });
    expect(labelsOf(['l', of('none [bfq]')])).toEqual({ scheduler: 'bfq' });
  });

  it('leaves a copy alone that is of no knob, and one that holds something else', () => {
    const text = Buffer.from('none [bfq]\n');
    expect(kernelFilesImporter.sniff(text, 'notes.txt')).toBe('no');
    expect(kernelFilesImporter.sniff(text, '@sys@block@sda@queue@scheduler')).toBe('yes');
    expect(kernelFilesImporter.sniff(Buffer.from('a\nb\nc\n'), '@sys@block@sda@queue@scheduler')).toBe('no');
    expect(settings.sniff(text, '@sys@block@sda@queue@scheduler')).toBe('no');
  });
});

describe('knobs', () => {
  it('tells the choice in brackets, and everything else as it stands', () => {
    expect(activeValue('none mq-deadline kyber [bfq]  ')).toBe('bfq');
    expect(activeValue('[none]')).toBe('none');
    expect(activeValue(' 256 ')).toBe('256');
    expect(activeValue('a[b]c')).toBe('a[b]c');
  });

  it('reads what sysctl -a prints as the files behind it', () => {
    const text = 'vm.dirty_bytes = 0\nnet.ipv4.conf.eth0/1.forwarding = 1\n';
    const context = new Context(importRun([settings, Buffer.from(text)]));
    expect(Object.fromEntries(settingsRead(context))).toEqual({
      '/proc/sys/vm/dirty_bytes': '0',
      '/proc/sys/net/ipv4/conf/eth0.1/forwarding': '1',
    });
  });
});
