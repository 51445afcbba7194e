import type { Action, Finding } from '../../model/finding.ts';
import { formatCount } from '../../model/units.ts';
import { kernelIsSince } from '../cgroup/cpu-quota-actions.ts';
import type { Context } from '../context.ts';
import type { ConfiguredSetting } from '../derived/configured.ts';
import { kernelRelease, settingsRead } from '../derived/settings.ts';
import { goneKnob } from './gone-knobs.ts';

const BASE_SLICE = '/sys/kernel/debug/sched/base_slice_ns';
const nameOf = ({ path }: ConfiguredSetting): string => path.slice('/proc/sys/'.length).replaceAll('/', '.');

/** Lines that set what the kernel does not have: sysctl says so once at boot, and goes on. */
export function goneFinding(
  context: Context,
  gone: readonly ConfiguredSetting[],
  section: string,
): Finding[] {
  const [first] = gone;
  if (first === undefined) return [];
  const release = kernelRelease(context) ?? '';
  const names = [...new Set(gone.map(nameOf))];
  const files = [...new Set(gone.map(({ file }) => file))];
  const slices = gone.filter(({ path }) => goneKnob(context, path)?.now === undefined);
  return [
    {
      id: 'host/configured/gone',
      severity: 'warning',
      claim:
        gone.length === 1
          ? `${nameOf(first)} = ${first.value} (${first.file}:${first.line}) has no effect on kernel ${release}: ${goneKnob(context, first.path)?.text}`
          : `${formatCount(gone.length)} lines of ${files.join(', ')} have no effect on kernel ${release}: ${names.join(', ')} ${slices.length === 0 ? 'moved to debugfs with 5.13' : 'are no sysctls any more'}`,
      share: 0,
      confidence: {
        n: gone.length,
        low: 0,
        high: 0,
        why: 'told by the release: sysctls of the scheduler moved to debugfs with 5.13, those of CFS went away with EEVDF in 6.6; none is among the settings read',
        bounds: true,
      },
      evidence: [
        {
          label: 'configured and in force',
          section,
          selection: {},
          formula: gone
            .slice(0, 8)
            .map((setting) => `${nameOf(setting)}: ${goneKnob(context, setting.path)?.text}`)
            .join('; '),
        },
      ],
      actions: [
        {
          text: 'Take the lines out; before replacing them, compare runs: TuneD dropped most of them after its benchmarks showed nothing',
          risk: 'none',
        },
        ...gone.flatMap((setting) => replacement(context, setting)).slice(0, 4),
        ...(slices.length > 0
          ? [
              {
                text: 'What is left of the slices of CFS is base_slice_ns: longer favours throughput, shorter latency; not the same knob, so the old value is no guide',
                run: `sudo cat ${BASE_SLICE}`,
                persist: `w ${BASE_SLICE} - - - - NS in /etc/tmpfiles.d/sched.conf`,
                risk: 'none' as const,
              },
            ]
          : []),
      ],
      caveats: [
        ...(/\.el\d|amzn|\.fc\d/.test(release)
          ? ['kernels of distributions carry patches of other releases: ls /proc/sys/kernel/sched_* tells']
          : []),
        ...(kernelIsSince(context, '6.12') === true
          ? ['programs can ask for a slice of their own (sched_setattr, sched_runtime)']
          : []),
      ],
    },
  ];
}

/** The same knob where it is now. */
function replacement(context: Context, setting: ConfiguredSetting): Action[] {
  const now = goneKnob(context, setting.path)?.now;
  if (now === undefined || !/^\d+$/.test(setting.value)) return [];
  const was = context.derive(settingsRead).get(now);
  return [
    {
      text: `${nameOf(setting)} is ${now} now`,
      run: `echo ${setting.value} | sudo tee ${now}`,
      ...(was !== undefined && /^\d+$/.test(was)
        ? { undo: `echo ${was} | sudo tee ${now}` }
        : { undo: `sudo cat ${now}   # note it first, and write it back` }),
      verify: `sudo cat ${now}`,
      persist: `w ${now} - - - - ${setting.value} in /etc/tmpfiles.d/sched.conf; or [scheduler] of a TuneD profile`,
      risk: 'low',
    },
  ];
}
