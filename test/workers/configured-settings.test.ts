import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sysctlPath } from '../../workers/importers/configured/sysctl-path.ts';
import { configuredSettings } from '../../workers/importers/configured-settings.ts';
import { checkImporter } from '../support/check-importer.ts';
import { importRun } from '../support/import.ts';
import { repo } from '../support/paths.ts';

describe('configurations of sysctl', () => {
  checkImporter(
    configuredSettings,
    readFileSync(repo('datasets/real/sysctl/90-perf.conf')),
    'sysctl-conf.txt',
  );

  it('the first separator says what slashes and dots are', () => {
    expect(sysctlPath('net.ipv4.conf.eth0/1.forwarding')).toBe('/proc/sys/net/ipv4/conf/eth0.1/forwarding');
    expect(sysctlPath('net/ipv4/conf/eth0.1/forwarding')).toBe('/proc/sys/net/ipv4/conf/eth0.1/forwarding');
    expect(sysctlPath('wall.s')).toBeUndefined();
    expect(sysctlPath('vm')).toBeUndefined();
  });

  it('of TuneD only the section of sysctl is read, and what is no assignment is counted', () => {
    const text = '[main]\nsummary=x\n[sysctl]\nvm.swappiness=3\nenabled=1\n[cpu]\ngovernor=performance\n';
    const trace = importRun([configuredSettings, Buffer.from(text), 'etc/tuned/x/tuned.conf']);
    expect(trace.imports[0]).toMatchObject({ records: 1, skipped: 0, ignored: 3 });
    const broken = importRun([
      configuredSettings,
      Buffer.from('vm.swappiness=3\nvm swappiness 3\n'),
      'etc/sysctl.conf',
    ]);
    expect(broken.imports[0]?.skipped).toBe(1);
  });
});
