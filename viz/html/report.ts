import type { Finding } from '../../model/finding.ts';
import type { Report, Verdict } from '../../model/report.ts';
import type { Section } from '../../model/section.ts';
import { formatCount, formatValue } from '../../model/units.ts';
import { escapeMarkup } from '../../model/visible-text.ts';
import { assets } from './assets.ts';
import { findingsHtml, verdictHtml } from './cards.ts';
import { nameHtml, scriptJson } from './escape.ts';
import { flameBlock } from './flame-block.ts';
import { unansweredHtml } from './not-run.ts';
import { provenanceHtml, skippedShare } from './provenance.ts';
import { sectionHtml } from './static-sections.ts';

/** What a page is made of, whatever it is about. */
export interface PageParts {
  readonly title: string;
  /** Short facts for the top line. */
  readonly facts: readonly string[];
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  /** What was not answered, as markup. */
  readonly notRun: string;
  readonly sections: readonly Section[];
  /** How it was measured, as markup. */
  readonly provenance: string;
}

export function renderReport(report: Report): string {
  const { verdict, findings, sections } = report;
  return renderPage({
    title: titleOf(report),
    facts: headerFacts(report),
    verdict,
    findings,
    notRun: unansweredHtml(report),
    sections,
    provenance: provenanceHtml(report),
  });
}

/**
 * One self-contained page. Everything up to the script reads without JavaScript; the script adds
 * the drawings. The policy forbids every request, so a page that tried one would show it.
 */
export function renderPage(page: PageParts): string {
  const { script, style, scriptHash } = assets();
  const flames = page.sections.filter((section) => section.kind === 'flame').map(flameBlock);
  const policy = `default-src 'none'; script-src ${scriptHash}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeMarkup(page.title)}</title>
<style>${style}</style>
</head>
<body>
<header class="top">
<p class="brand">vtune</p>
<p class="facts">${page.facts.map((fact) => `<span>${nameHtml(fact, 80)}</span>`).join('')}</p>
<p class="tools"><button type="button" id="theme" hidden aria-label="dark or light">◐</button><button type="button" id="copy-link" hidden>copy link</button><button type="button" id="help" hidden aria-label="keys">?</button></p>
</header>
<main>
${verdictHtml(page.verdict)}
${findingsHtml(page.findings)}
${page.notRun}
${sectionsHtml(page.sections)}
${page.provenance}
</main>
<p class="hidden" id="announce" aria-live="polite"></p>
<script type="application/json" id="flames">${scriptJson(flames)}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** All sections; call trees of events that are not the primary one begin closed. */
function sectionsHtml(sections: readonly Section[]): string {
  const firstFlame = sections.find(({ kind }) => kind === 'flame');
  return sections
    .map((section) => sectionHtml(section, section.kind !== 'flame' || section === firstFlame))
    .join('\n');
}

function titleOf({ runs, verdict }: Report): string {
  const host = runs[0]?.host.hostname;
  return `vtune${host === undefined ? '' : ` · ${host}`} · ${verdict.headline}`;
}

/** host db17 · 6.8.0 · 16 CPUs · 60.0 s · 5 files · 3.1 M samples · 0.02 % skipped */
function headerFacts(report: Report): string[] {
  const [run] = report.runs;
  if (run === undefined) return [];
  const { host } = run;
  return [
    host.hostname === undefined ? run.name : `host ${host.hostname}`,
    host.kernel ?? '',
    host.cpus === undefined ? '' : `${host.cpus} CPUs`,
    run.duration > 0 ? formatValue(run.duration * 1e9, 'ns') : '',
    `${formatCount(report.imports.length)} ${report.imports.length === 1 ? 'file' : 'files'}`,
    report.sections.some(({ id }) => id.startsWith('cpu/'))
      ? formatValue(run.samples, 'samples')
      : `${formatCount(run.samples)} events`,
    skippedShare(report),
    ...Object.entries(run.labels).map(([name, value]) => `${name}=${value}`),
  ].filter((fact) => fact !== '');
}
