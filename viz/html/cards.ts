import type { Action, Evidence, Finding, KnobVerdict, Severity } from '../../model/finding.ts';
import type { Verdict } from '../../model/report.ts';
import { selectionToHash } from '../../model/selection.ts';
import { formatCount, formatShare } from '../../model/units.ts';
import { escapeMarkup, visibleText } from '../../model/visible-text.ts';
import { nameHtml } from './escape.ts';

/** Glyph and word of each severity: colour is never the only cue. */
export const severityMarks: Readonly<Record<Severity, { readonly glyph: string; readonly word: string }>> = {
  critical: { glyph: '✖', word: 'critical' },
  warning: { glyph: '▲', word: 'warning' },
  note: { glyph: '●', word: 'note' },
  ok: { glyph: '✔', word: 'ok' },
};

export function verdictHtml({ severity, headline, lines }: Verdict): string {
  const { glyph, word } = severityMarks[severity];
  return `<section class="verdict ${severity}" aria-label="Verdict">
<h1><span class="glyph" role="img" aria-label="${word}">${glyph}</span> ${nameHtml(headline, 400)}</h1>
${lines.map((line) => `<p>${nameHtml(line, 600)}</p>`).join('\n')}
</section>`;
}

/** What is wrong, how bad, what to do, how sure, on what evidence; good news is kept short below. */
export function findingsHtml(findings: readonly Finding[]): string {
  const loud = findings.filter(({ severity }) => severity !== 'ok');
  const fine = findings.filter(({ severity }) => severity === 'ok');
  return `<section class="findings" aria-label="Findings">
${loud.map(cardHtml).join('\n')}
${fine.length === 0 ? '' : `<ul class="fine">${fine.map(fineHtml).join('')}</ul>`}
</section>`;
}

function cardHtml(finding: Finding): string {
  const { glyph, word } = severityMarks[finding.severity];
  const { why } = finding.confidence;
  const width = Math.max(0, Math.min(100, finding.share * 100));
  return `<article class="card ${finding.severity}" id="finding-${escapeMarkup(finding.id)}">
<h2><span class="tag"><span aria-hidden="true">${glyph}</span> ${word}</span> ${nameHtml(finding.claim, 300)}</h2>
<div class="share" role="img" aria-label="share ${formatShare(finding.share)}"><i style="width:${width.toFixed(1)}%"></i></div>
<p class="sure">${sureness(finding.confidence)}. <span>${nameHtml(why, 300)}</span></p>
${finding.verdict === undefined ? '' : `<p class="knob">${nameHtml(knobText(finding.verdict), 400)}</p>`}
${finding.evidence.map(evidenceHtml).join('\n')}
${finding.actions.length === 0 ? '' : `<ul class="actions">${finding.actions.map(actionHtml).join('')}</ul>`}
${finding.caveats.map((caveat) => `<p class="caveat">unsure because: ${nameHtml(caveat, 300)}</p>`).join('\n')}
</article>`;
}

/** `ksm: better; mechanism: merged 81 600 pages. Profit 312 MiB after 13 scans`. */
export function knobText({ knob, state, mechanism, why }: KnobVerdict): string {
  return `${knob}: ${state}${mechanism === undefined ? '' : `; mechanism: ${mechanism}`}. ${why}`;
}

function evidenceHtml({ label, section, selection, formula }: Evidence): string {
  const hash = selectionToHash(selection);
  const href = hash === '' ? `#${encodeURIComponent(visibleText(section))}` : hash;
  const arithmetic = formula === undefined ? '' : `<code>${nameHtml(formula, 400)}</code>`;
  return `<p class="evidence"><a href="${escapeMarkup(href)}" data-section="${escapeMarkup(section)}">${nameHtml(label)} ↗</a> ${arithmetic}</p>`;
}

function actionHtml({ text, run, undo, verify, persist, risk }: Action): string {
  const commands = (
    [
      ['do', run],
      ['undo', undo],
      ['verify', verify],
      ['persist', persist],
    ] as const
  ).flatMap(([name, command]) => (command === undefined ? [] : [commandHtml(name, command)]));
  const danger = risk === 'none' ? '' : ` <span class="risk">risk: ${risk}</span>`;
  return `<li>${nameHtml(text, 400)}${danger}${commands.join('')}</li>`;
}

/** A command that can be copied. */
export function commandHtml(name: string, command: string): string {
  return `<div class="command"><span>${name}</span><code>${escapeMarkup(command)}</code><button type="button" class="copy" hidden>copy</button></div>`;
}

/** How sure a finding is: an interval, or, for what was counted rather than sampled, how much was counted. */
export function sureness({ n, low, high, bounds }: Omit<Finding['confidence'], 'why'>): string {
  const [from, to] = [formatShare(low), formatShare(high)];
  const interval =
    from === to && (bounds === true || low === high)
      ? 'counted, not sampled'
      : bounds === true
        ? `between ${from} and ${to}`
        : low <= 0 && high >= 1
          ? 'interval not known'
          : `95 % CI ${from} – ${to}`;
  return `${interval}, n = ${formatCount(n)}`;
}

function fineHtml({ claim, confidence }: Finding): string {
  return `<li><span class="glyph" role="img" aria-label="ok">✔</span> ${nameHtml(claim, 300)} <small>${sureness(confidence)}</small></li>`;
}
