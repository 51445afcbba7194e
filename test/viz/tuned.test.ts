import { describe, expect, it } from 'vitest';
import type { Action, Finding } from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import { tunedProfile } from '../../viz/text/tuned.ts';

function finding(
  id: string,
  settings: readonly (readonly [string, string])[],
  claim = `claim of ${id}`,
): Finding {
  return {
    id,
    severity: 'warning',
    claim,
    share: 0,
    confidence: { n: 12, low: 0, high: 0, why: 'counted', bounds: true },
    evidence: [{ label: 'x', section: 'x', selection: {}, formula: '1 + 1 = 2' }],
    actions: settings.map(
      ([path, value]): Action => ({ text: 'set it', risk: 'low', setting: { path, value, was: '7' } }),
    ),
    caveats: ['the night was quiet'],
  };
}

function reportOf(...findings: Finding[]): Report {
  return {
    version: 1,
    generator: { name: 'vtune', version: '1.0' },
    runs: [
      {
        name: '',
        labels: {},
        host: { hostname: 'db17', kernel: '6.1.0' },
        duration: 0,
        samples: 0,
        events: [],
      },
    ],
    imports: [],
    skippedInputs: [],
    verdict: { severity: 'ok', headline: '', lines: [] },
    metrics: [],
    findings,
    notRun: [],
    areas: [],
    sections: [],
  };
}

describe('TuneD profiles', () => {
  it('set each file by its plugin, with the evidence above', () => {
    const text = tunedProfile(
      reportOf(
        finding('a', [['/proc/sys/vm/swappiness', '10']]),
        finding('b', [
          ['/sys/kernel/mm/ksm/run', '0'],
          ['/sys/kernel/mm/transparent_hugepage/enabled', 'madvise'],
          ['/sys/block/sda/queue/scheduler', 'mq-deadline'],
        ]),
      ),
    );
    expect(text).toMatchInlineSnapshot(`
      "# TuneD profile written by vtune 1.0 from captures of db17, kernel 6.1.0.
      # Each setting follows from a finding (2 in the report), which stands above it with its evidence.
      # Put this directory below /etc/tuned/ (TuneD 2.23 and later: /etc/tuned/profiles/), then: tuned-adm profile NAME
      # To go back: tuned-adm profile with the name tuned-adm active printed before.

      [main]
      summary=Settings recommended from captures of db17

      [sysctl]
      # claim of a
      #   do: set it (was 7, to 10; risk: low)
      #   evidence: n = 12; counted
      #   1 + 1 = 2
      #   unsure because: the night was quiet
      vm.swappiness=10

      [vm]
      # claim of b
      #   do: set it (was 7, to madvise; risk: low)
      #   evidence: n = 12; counted
      #   1 + 1 = 2
      #   unsure because: the night was quiet
      transparent_hugepages=madvise

      [sysfs]
      # claim of b
      #   do: set it (was 7, to 0; risk: low)
      #   evidence: n = 12; counted
      #   1 + 1 = 2
      #   unsure because: the night was quiet
      /sys/kernel/mm/ksm/run=0

      [disk_sda]
      # claim of b
      #   do: set it (was 7, to mq-deadline; risk: low)
      #   evidence: n = 12; counted
      #   1 + 1 = 2
      #   unsure because: the night was quiet
      type=disk
      devices=sda
      elevator=mq-deadline
      "
    `);
  });

  it('do not set what findings disagree on, what TuneD does not keep, and what is no plain value', () => {
    const text = tunedProfile(
      reportOf(
        finding('a', [['/proc/sys/vm/swappiness', '10']]),
        finding('b', [['/proc/sys/vm/swappiness', '60']]),
        finding('c', [['/sys/fs/cgroup/db/cpu.max', '200000 100000']]),
        finding('d', [['/sys/kernel/x', '1\n[script]\nscript=evil.sh']], 'a\n[sysctl]\nkernel.panic=1'),
        finding('e', [['/sys/../etc/passwd', 'x']]),
      ),
    );
    const set = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(set).toEqual(['[main]', expect.stringMatching(/^summary=No settings recommended/)]);
    expect(text).toContain('findings disagree, choose yourself: 10 or 60');
    expect(text).toContain('/sys/fs/cgroup/db/cpu.max = 200000 100000: not a setting TuneD keeps');
  });

  it('do not set what is proposed to learn whether it helps', () => {
    const open = finding('a', [['/sys/kernel/mm/ksm/run', '1']]);
    const text = tunedProfile(
      reportOf({ ...open, verdict: { knob: 'ksm', state: 'not enough data', why: 'not running' } }),
    );
    expect(text).not.toMatch(/^\/sys/m);
    expect(text).toContain('# /sys/kernel/mm/ksm/run = 1: to try and measure, not known to help');
  });

  it('are written, and say so, when nothing is recommended', () => {
    expect(tunedProfile(reportOf())).toContain('# Nothing is recommended: this profile sets nothing.');
  });

  it('write a dot within a name of sysctl as a slash', () => {
    const text = tunedProfile(reportOf(finding('a', [['/proc/sys/net/ipv4/conf/eth0.1/rp_filter', '1']])));
    expect(text).toContain('\nnet.ipv4.conf.eth0/1.rp_filter=1\n');
  });
});
