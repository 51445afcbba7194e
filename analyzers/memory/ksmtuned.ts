import type { Action, Finding } from '../../model/finding.ts';
import { ksmtuned as series } from '../../model/page-series.ts';
import type { Section } from '../../model/section.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { type GaugeSummary, gaugeOf } from '../derived/cgroup/printed.ts';
import { type Readings, readingsOf } from '../derived/counters/readings.ts';
import { countedFinding } from './finding.ts';

const SECTION = 'memory/ksmtuned/table';
/** Heuristics: part of the looks at the most pages a scan, and of switches between on and off, from which it is told. */
const OFTEN = 0.5;
const FLAPS = 0.25;
const FEWEST = 5;

interface Ksmtuned {
  readonly on: GaugeSummary;
  /** Times it switched from one look to the next. */
  readonly switches: number;
  readonly committed: GaugeSummary | undefined;
  readonly free: GaugeSummary | undefined;
  readonly total: number;
  readonly threshold: number;
  readonly pages: GaugeSummary | undefined;
  /** Part of the scans ordered with the most pages seen. */
  readonly atMost: number;
}

/** What ksmtuned made of the memory of guests: does it switch KSM on, and does it run into its own bounds. */
export const ksmtunedLog = defineAnalyzer({
  id: 'memory/ksmtuned',
  question: 'What did ksmtuned do with KSM, and why?',
  needs: [
    {
      missing: 'the log of ksmtuned',
      captureWith:
        "printf 'LOGFILE=/var/log/ksmtuned\\nDEBUG=1\\n' >> /etc/ksmtuned.conf && systemctl restart ksmtuned; sleep 3600",
      met: (_, context) => context.derive(ksmtunedState) !== undefined,
    },
  ],
  metrics: [
    {
      id: 'memory.ksmtuned.on',
      unit: 'share',
      labels: [],
      about: 'Part of the looks of ksmtuned at which it had KSM run.',
    },
    {
      id: 'memory.ksmtuned.pages',
      unit: 'count',
      labels: [],
      about: 'Pages a scan ksmtuned ordered, on average where KSM ran.',
    },
  ],
  run(context) {
    const state = context.derive(ksmtunedState);
    if (state === undefined) return { metrics: [], findings: [], sections: [] };
    const { on, pages } = state;
    return {
      metrics: [
        { id: 'memory.ksmtuned.on', labels: {}, value: on.mean, unit: 'share', better: 'neither', n: on.n },
        ...(pages === undefined
          ? []
          : [
              {
                id: 'memory.ksmtuned.pages',
                labels: {},
                value: pages.mean,
                unit: 'count' as const,
                better: 'neither' as const,
                n: pages.n,
              },
            ]),
      ],
      findings: [judge(state)],
      sections: [table(state)],
    };
  },
});

function ksmtunedState(context: Context): Ksmtuned | undefined {
  const read = (key: Parameters<typeof series>[0]): Readings | undefined => readingsOf(context, series(key));
  const on = gaugeOf(read('on'));
  const values = read('on')?.values;
  if (on === undefined || values === undefined) return undefined;
  const pages = gaugeOf(read('pages'));
  const scans = read('pages')?.values ?? new Float64Array();
  return {
    on,
    switches: values.filter((value, i) => i > 0 && value !== values[i - 1]).length,
    committed: gaugeOf(read('committed')),
    free: gaugeOf(read('free')),
    total: gaugeOf(read('total'))?.last ?? Number.NaN,
    threshold: gaugeOf(read('threshold'))?.last ?? Number.NaN,
    pages,
    atMost: scans.filter((value) => value === pages?.most).length / scans.length,
  };
}

function judge(state: Ksmtuned): Finding {
  const { on, committed, pages, switches, atMost } = state;
  const shown = { section: SECTION, formula: formula(state), n: on.n };
  const looks = `${formatCount(on.n)} looks`;
  const blind = committed !== undefined && committed.most === 0;
  const caveats = [
    ...(on.n < FEWEST ? [`not enough data: ${looks}; ksmtuned looks once a minute`] : []),
    ...(blind
      ? [
          'ksmtuned saw no guest at all: it counts processes whose command line begins with qemu-system and holds -enable-kvm, which guests started with -accel kvm lack; or there was none',
        ]
      : []),
    '50 % and 25 % are heuristics; whether merging pays is told by /sys/kernel/mm/ksm',
  ];
  if (on.most === 0)
    return countedFinding(
      'memory/ksmtuned',
      blind ? 'note' : 'ok',
      `ksmtuned kept KSM off at all of ${looks}${blind ? ', and saw no guest' : ': memory was not short'}`,
      shown,
      { caveats, actions: blind ? [seeGuests] : [] },
    );
  if (switches >= FLAPS * on.n && on.n >= FEWEST)
    return countedFinding(
      'memory/ksmtuned',
      'note',
      `ksmtuned switched KSM ${formatCount(switches)} times in ${looks}: the threshold lies at what is in use`,
      shown,
      { share: switches / on.n, caveats, actions: [threshold] },
    );
  if (atMost >= OFTEN && pages !== undefined && pages.n >= FEWEST / 2)
    return countedFinding(
      'memory/ksmtuned',
      'note',
      `ksmtuned is at its bound: ${formatShare(atMost)} of its scans were of ${formatCount(pages.most)} pages, and memory stayed short`,
      shown,
      { share: atMost, caveats, actions: [bound(pages.most)] },
    );
  return countedFinding(
    'memory/ksmtuned',
    'ok',
    `ksmtuned had KSM run at ${formatShare(on.mean)} of ${looks}`,
    shown,
    { caveats },
  );
}

const seeGuests: Action = {
  text: 'See whether ksmtuned counts the guests',
  run: "pgrep -af '^qemu-system.*-enable-kvm' | cut -c1-80; pgrep -af qemu | cut -c1-80",
  risk: 'none',
};
const threshold: Action = {
  text: 'Move the threshold away from what is in use: KSM_THRES_COEF, per cent of memory, in /etc/ksmtuned.conf (default 20)',
  run: 'sudo cp /etc/ksmtuned.conf /etc/ksmtuned.conf.before && echo KSM_THRES_COEF=30 | sudo tee -a /etc/ksmtuned.conf && sudo systemctl restart ksmtuned',
  undo: 'sudo mv /etc/ksmtuned.conf.before /etc/ksmtuned.conf && sudo systemctl restart ksmtuned',
  verify: "grep -c 'start ksm' /var/log/ksmtuned; grep -c 'stop ksm' /var/log/ksmtuned",
  risk: 'low',
};
const bound = (most: number): Action => ({
  text: 'Let it scan more at once, if KSM pays and ksmd has CPU time left; else memory is overcommitted beyond what merging can give',
  run: `sudo cp /etc/ksmtuned.conf /etc/ksmtuned.conf.before && echo KSM_NPAGES_MAX=${most * 2} | sudo tee -a /etc/ksmtuned.conf && sudo systemctl restart ksmtuned`,
  undo: 'sudo mv /etc/ksmtuned.conf.before /etc/ksmtuned.conf && sudo systemctl restart ksmtuned',
  verify: 'grep KSMCTL /var/log/ksmtuned | tail -5; cat /sys/kernel/mm/ksm/general_profit',
  risk: 'low',
});

function formula({ committed, free, total, threshold: limit, on, pages }: Ksmtuned): string {
  const bytes = (value: number | undefined): string => formatValue(value ?? Number.NaN, 'bytes');
  return `on when committed (at most ${bytes(committed?.most)}) + threshold ${bytes(limit)} > total ${bytes(total)}, or free (at least ${bytes(free?.least)}) < threshold; on at ${formatShare(on.mean)} of ${on.n}${pages === undefined ? '' : `; ${formatCount(pages.least)} to ${formatCount(pages.most)} pages a scan`}`;
}

function table(state: Ksmtuned): Section {
  const rows: readonly (readonly [string, GaugeSummary | undefined])[] = [
    ['committed by guests', state.committed],
    ['free, buffers and cache', state.free],
  ];
  return {
    kind: 'table',
    id: SECTION,
    title: 'What ksmtuned saw',
    note: formula(state),
    columns: [
      { name: 'memory', unit: 'text' },
      { name: 'least', unit: 'bytes' },
      { name: 'mean', unit: 'bytes' },
      { name: 'most', unit: 'bytes' },
      { name: 'n', unit: 'count' },
    ],
    rows: rows.flatMap(([name, gauge]) =>
      gauge === undefined ? [] : [{ cells: [name, gauge.least, gauge.mean, gauge.most, gauge.n] }],
    ),
    of: rows.length,
  };
}
