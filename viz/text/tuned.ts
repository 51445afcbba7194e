import type { Action, Finding, RecommendedSetting } from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import { formatCount } from '../../model/units.ts';
import { visibleLine } from '../../model/visible-text.ts';

/** One recommended setting and the finding it follows from. */
interface Recommendation {
  readonly finding: Finding;
  readonly action: Action;
  readonly setting: RecommendedSetting;
}

/** A line of the profile in the section (plugin) that sets it. */
interface Placed {
  readonly section: string;
  readonly line: string;
}

/** Values TuneD can take as they stand: its configuration reader ends a value at `#`, expands `$`, and continues lines. */
const plainValue = /^[\w.,:+/%= -]{1,200}$/;
const sections: readonly string[] = ['sysctl', 'vm', 'sysfs', 'cpu'];

/**
 * The recommended settings of a report as a TuneD profile (tuned.conf(5)): a value per file, what it was, and the
 * finding behind it as comments. Settings proposed to learn whether they help, settings TuneD does not keep (of control groups, of processes) and files for which
 * findings disagree are named in comments and not set.
 */
export function tunedProfile(report: Report): string {
  const all = recommendations(report);
  const byPath = new Map<string, Recommendation[]>();
  for (const each of all) byPath.set(each.setting.path, [...(byPath.get(each.setting.path) ?? []), each]);
  const lines = new Map<string, string[]>();
  const left: string[] = [];
  for (const [path, own] of byPath) {
    const [first] = own as [Recommendation];
    const values = new Set(own.map(({ setting }) => setting.value));
    const placed = place(first.setting);
    const evidence = own.flatMap(({ finding, action, setting }) => commentsOf(finding, action, setting));
    if (values.size > 1) {
      left.push(
        `# ${visibleLine(path)}: findings disagree, choose yourself: ${[...values].map(visibleLine).join(' or ')}`,
        ...evidence,
      );
    } else if (own.every(({ finding }) => isOpen(finding))) {
      left.push(
        `# ${visibleLine(`${path} = ${first.setting.value}`)}: to try and measure, not known to help`,
        ...evidence,
      );
    } else if (placed === undefined) {
      left.push(
        `# ${visibleLine(`${path} = ${first.setting.value}`)}: not a setting TuneD keeps`,
        ...evidence,
      );
    } else {
      lines.set(placed.section, [...(lines.get(placed.section) ?? []), ...evidence, placed.line]);
    }
  }
  const order = (name: string): number => {
    const at = sections.indexOf(name);
    return at < 0 ? sections.length : at;
  };
  const parts = [...lines]
    .sort(([a], [b]) => order(a) - order(b) || (a < b ? -1 : 1))
    .map(([section, own]) => `[${section}]\n${own.join('\n')}\n`);
  const nothing = all.length === 0 ? ['# Nothing is recommended: this profile sets nothing.'] : [];
  return `${[...heading(report), ...nothing].join('\n')}\n\n${[`[main]\nsummary=${summary(report, lines.size)}\n`, ...parts].join('\n')}${left.length === 0 ? '' : `\n# Not set by this profile:\n${left.join('\n')}\n`}`;
}

/** A change that is proposed to learn something: a profile keeps what is known to help. */
function isOpen({ verdict }: Finding): boolean {
  return verdict?.state === 'not enough data' || verdict?.state === 'inconclusive';
}

function recommendations({ findings }: Report): Recommendation[] {
  return findings.flatMap((finding) =>
    finding.actions.flatMap((action) =>
      action.setting === undefined ? [] : [{ finding, action, setting: action.setting }],
    ),
  );
}

function heading({ generator, runs, findings }: Report): string[] {
  const host = runs[0]?.host;
  const of = [host?.hostname, host?.kernel]
    .filter((part) => part !== undefined && part !== '')
    .join(', kernel ');
  return [
    `# TuneD profile written by ${generator.name} ${generator.version}${of === '' ? '' : ` from captures of ${visibleLine(of)}`}.`,
    `# Each setting follows from a finding (${formatCount(findings.length)} in the report), which stands above it with its evidence.`,
    '# Put this directory below /etc/tuned/ (TuneD 2.23 and later: /etc/tuned/profiles/), then: tuned-adm profile NAME',
    '# To go back: tuned-adm profile with the name tuned-adm active printed before.',
  ];
}

function summary({ runs }: Report, many: number): string {
  const host = visibleLine(runs[0]?.host.hostname ?? '').replace(/[^\w.-]/g, '');
  return `${many === 0 ? 'No settings' : 'Settings'} recommended from captures${host === '' ? '' : ` of ${host}`}`;
}

function commentsOf(finding: Finding, action: Action, { was, value }: RecommendedSetting): string[] {
  const { confidence, verdict, evidence } = finding;
  const formula = evidence.find((each) => each.formula !== undefined)?.formula;
  return [
    `# ${visibleLine(finding.claim)}`,
    `#   do: ${visibleLine(action.text)} (${was === undefined ? '' : `was ${visibleLine(was)}, `}to ${visibleLine(value)}; risk: ${action.risk})`,
    `#   evidence: n = ${formatCount(confidence.n)}; ${visibleLine(confidence.why)}`,
    ...(formula === undefined ? [] : [`#   ${visibleLine(formula)}`]),
    ...(verdict === undefined
      ? []
      : [`#   verdict on ${visibleLine(`${verdict.knob}: ${verdict.state}. ${verdict.why}`)}`]),
    ...finding.caveats.map((caveat) => `#   unsure because: ${visibleLine(caveat)}`),
  ];
}

/** Which plugin of TuneD sets a file; undefined when none does, or the value cannot be written plainly. */
function place({ path, value }: RecommendedSetting): Placed | undefined {
  if (!plainValue.test(value) || !/^\/[\w./:@,+-]+$/.test(path) || path.includes('..')) return undefined;
  const sysctl = /^\/proc\/sys\/(.+)$/.exec(path)?.[1];
  // A dot within a name (eth0.1) is written as a slash, as sysctl(8) does.
  if (sysctl !== undefined)
    return {
      section: 'sysctl',
      line: `${sysctl.replace(/[./]/g, (mark) => (mark === '/' ? '.' : '/'))}=${value}`,
    };
  if (path === '/sys/kernel/mm/transparent_hugepage/enabled')
    return { section: 'vm', line: `transparent_hugepages=${value}` };
  if (path === '/sys/kernel/mm/transparent_hugepage/defrag')
    return { section: 'vm', line: `transparent_hugepage.defrag=${value}` };
  const device = /^\/sys\/block\/([\w!.-]+)\/queue\/scheduler$/.exec(path)?.[1];
  if (device !== undefined)
    return { section: `disk_${device}`, line: `type=disk\ndevices=${device}\nelevator=${value}` };
  if (/^\/sys\/devices\/system\/cpu\/cpu\d+\/cpufreq\/scaling_governor$/.test(path))
    return { section: 'cpu', line: `governor=${value}` };
  // Control groups come and go with their services: systemd keeps their settings.
  if (path.startsWith('/sys/') && !path.startsWith('/sys/fs/cgroup/'))
    return { section: 'sysfs', line: `${path}=${value}` };
  return undefined;
}
