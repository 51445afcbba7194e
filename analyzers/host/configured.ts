import type { Finding } from '../../model/finding.ts';
import type { TableSection } from '../../model/section.ts';
import { formatCount } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { type ConfiguredSetting, configuredSettings, effectiveSettings } from '../derived/configured.ts';
import { kernelRelease, settingsRead } from '../derived/settings.ts';
import { goneFinding } from './gone-finding.ts';
import { goneKnob } from './gone-knobs.ts';

const SECTION = 'host/configured/table';
const MOST_ROWS = 200;
const MOST_CARDS = 10;
/** Writing one of a pair clears the other (mm/page-writeback.c). */
const dirtyPair = /^\/proc\/sys\/vm\/dirty_(?:background_)?(?:ratio|bytes)$/;

/** What somebody wrote down is not always what the kernel does. */
export const configured = defineAnalyzer({
  id: 'host/configured',
  question: 'Is what is configured in force, and can it be on this kernel?',
  needs: [
    {
      missing: 'configurations of the kernel (/etc/sysctl.conf, sysctl.d/*.conf, tuned.conf)',
      captureWith:
        'tar -cf etc.tar /etc/sysctl.conf /etc/sysctl.d /usr/lib/sysctl.d /etc/tuned 2>/dev/null; sysctl -a > sysctl.txt 2>/dev/null; uname -a > uname.txt',
      met: (_, context) => context.derive(configuredSettings).length > 0,
    },
  ],
  metrics: [
    {
      id: 'host.configured.without_effect',
      unit: 'count',
      labels: [],
      about: 'Lines of configurations that set a knob this kernel no longer has at that place.',
    },
    {
      id: 'host.configured.not_in_force',
      unit: 'count',
      labels: [],
      about:
        'Knobs whose configured value differs from the running one, of those of which both were captured.',
    },
  ],
  run(context) {
    const all = context.derive(configuredSettings);
    const gone = all.filter(({ path }) => goneKnob(context, path) !== undefined);
    const differing = context.derive(differences);
    const compared = [...context.derive(effectiveSettings).keys()].filter((path) =>
      context.derive(settingsRead).has(path),
    ).length;
    const known = kernelRelease(context) !== undefined;
    const common = { labels: {}, unit: 'count', better: 'lower' } as const;
    return {
      metrics: [
        ...(known
          ? [{ id: 'host.configured.without_effect', value: gone.length, n: all.length, ...common }]
          : []),
        ...(compared > 0
          ? [{ id: 'host.configured.not_in_force', value: differing.length, n: compared, ...common }]
          : []),
      ],
      findings: [
        ...goneFinding(context, gone, SECTION),
        ...differing.slice(0, MOST_CARDS).map((each) => differenceFinding(each)),
      ],
      sections: [table(context, all)],
    };
  },
});

interface Difference {
  readonly setting: ConfiguredSetting;
  readonly running: string;
}

/** Configured and running values that differ; what the kernel no longer has is no difference. */
function differences(context: Context): readonly Difference[] {
  const read = context.derive(settingsRead);
  return [...context.derive(effectiveSettings).values()].flatMap((setting) => {
    const running = read.get(setting.path);
    return running === undefined || same(running, setting.value)
      ? []
      : [{ setting, running: running.trim().replace(/\s+/g, ' ') }];
  });
}

/** Blanks between several values are tabs in the kernel; numbers may be written with zeros or in hexadecimal. */
function same(running: string, wanted: string): boolean {
  const [a, b] = [running, wanted].map((text) => text.trim().split(/\s+/));
  return (
    a?.length === b?.length &&
    (a?.every(
      (word, i) => word === b?.[i] || (word !== '' && Number(word) === Number(b?.[i] || Number.NaN)),
    ) ??
      false)
  );
}

function differenceFinding({ setting, running }: Difference): Finding {
  const { path, value, file, line, profile } = setting;
  const name = path.slice('/proc/sys/'.length).replaceAll('/', '.');
  const isPlain = [value, running].every((text) => /^[\w.:@ \t-]*$/.test(text)) && /^[\w./:@-]+$/.test(name);
  const by = profile === undefined ? file : `the active profile ${profile} of TuneD`;
  return {
    id: `host/configured/differs/${name}`,
    severity: 'warning',
    claim: `${name}: configured ${value}, in force ${running} (${file}:${line})`,
    share: 0,
    confidence: {
      n: 1,
      low: 0,
      high: 0,
      why: 'both read from the capture: the line that is applied last, and the running kernel',
      bounds: true,
    },
    evidence: [
      {
        label: 'configured and in force',
        section: SECTION,
        selection: {},
        formula: `${file}:${line} ${value} ≠ ${path} ${running}`,
      },
    ],
    actions: [
      {
        text: `Find out who changed it after ${by} was applied (another service, a container runtime, somebody by hand), and let one of both win`,
        ...(isPlain
          ? {
              run: `sudo sysctl -w ${name}="${value}"`,
              undo: `sudo sysctl -w ${name}="${running}"`,
              verify: `sysctl ${name}; sudo sysctl --system | grep -n '${name}'`,
            }
          : {}),
        persist:
          'a file in /etc/sysctl.d that sorts behind all others; TuneD applies its profile after these',
        risk: 'low',
      },
    ],
    caveats: [
      'only configurations that were captured are known: another file may set it later',
      ...(dirtyPair.test(path)
        ? ['of ratio and bytes one clears the other: 0 here means that the other one was written later']
        : []),
    ],
  };
}

function table(context: Context, all: readonly ConfiguredSetting[]): TableSection {
  const read = context.derive(settingsRead);
  const last = context.derive(effectiveSettings);
  return {
    kind: 'table',
    id: SECTION,
    title: 'What configurations want, and what is in force',
    columns: ['setting', 'configured', 'where', 'in force', 'says'].map((name) => ({
      name,
      unit: 'text' as const,
    })),
    rows: all.slice(0, MOST_ROWS).map((setting) => {
      const { path, value, file, line } = setting;
      const running = read.get(path);
      return {
        cells: [
          path.slice('/proc/sys/'.length).replaceAll('/', '.'),
          value,
          `${file}:${formatCount(line)}`,
          running ?? 'not captured',
          goneKnob(context, path)?.text ??
            (last.get(path) === setting
              ? running === undefined
                ? ''
                : same(running, value)
                  ? 'in force'
                  : 'differs'
              : 'overridden, or not active'),
        ],
      };
    }),
    of: all.length,
  };
}
