import type { History } from '../../model/history.ts';
import { formatCount } from '../../model/units.ts';
import { escapeMarkup } from '../../model/visible-text.ts';
import { nameHtml } from './escape.ts';
import { notRunHtml } from './not-run.ts';
import { renderPage } from './report.ts';

/** A history as one self-contained page. */
export function renderHistory(history: History): string {
  const { runs, series, verdict, findings, notRun, sections, work, order } = history;
  return renderPage({
    title: `vtune history · ${verdict.headline}`,
    facts: [
      `${formatCount(runs.length)} runs by ${order.by}`,
      `${formatCount(series.length)} series`,
      `costs ${work.text}`,
    ],
    verdict,
    findings,
    notRun: notRunHtml(notRun),
    sections,
    provenance: provenanceHtml(history),
  });
}

function provenanceHtml({ runs, order, work, skippedInputs, generator }: History): string {
  const rows = runs.map(
    ({ name, captured, samples, labels }, at) =>
      `<tr><td class="number">${at + 1}</td><td>${nameHtml(name)}</td><td>${nameHtml(captured ?? '–')}</td><td class="number">${formatCount(samples)}</td><td>${nameHtml(
        Object.entries(labels)
          .map(([key, value]) => `${key}=${value}`)
          .join(', '),
        200,
      )}</td></tr>`,
  );
  const skipped = skippedInputs.map(({ file, why }) => `<li>${nameHtml(file)}: ${nameHtml(why, 300)}</li>`);
  return `<details class="panel provenance" id="provenance">
<summary><h2>How this was measured</h2></summary>
<p>Runs in the order of their ${order.by === 'time' ? 'recording' : 'names'}: ${escapeMarkup(order.why)}. Costs ${escapeMarkup(work.text)}: ${escapeMarkup(work.why)}.</p>
<div class="scroll"><table class="data"><caption class="hidden">Runs</caption><thead><tr><th scope="col" class="number">#</th><th scope="col">run</th><th scope="col">recorded</th><th scope="col" class="number">samples</th><th scope="col">labels</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>
${skipped.length === 0 ? '' : `<h3>Not read</h3><ul>${skipped.join('')}</ul>`}
<p class="dim">Change points: E-divisive means with permutation tests; steps smaller than the margin are taken out. Intervals: bootstrap over runs. vtune ${escapeMarkup(generator.version)}.</p>
</details>`;
}
