import type { Comparison } from '../../model/comparison.ts';
import { formatCount, formatValue } from '../../model/units.ts';
import { escapeMarkup } from '../../model/visible-text.ts';
import { nameHtml } from './escape.ts';
import { notRunHtml } from './not-run.ts';
import { renderPage } from './report.ts';

/** A comparison as one self-contained page. */
export function renderComparison(comparison: Comparison): string {
  const { groups, verdict, findings, notRun, sections, gate, mode, work } = comparison;
  return renderPage({
    title: `vtune compare · ${verdict.headline}`,
    facts: [
      ...groups.map(
        ({ name, runs }) => `${name}: ${formatCount(runs.length)} ${runs.length === 1 ? 'run' : 'runs'}`,
      ),
      `costs ${work.text}`,
      mode === 'gate' ? `gate: ${gate.outcome}${gate.indicative ? ' (indicative)' : ''}` : '',
    ].filter((fact) => fact !== ''),
    verdict,
    findings,
    notRun: notRunHtml(notRun),
    sections,
    provenance: provenanceHtml(comparison),
  });
}

function provenanceHtml({ groups, work, pairs, skippedInputs, generator }: Comparison): string {
  const rows = groups.flatMap(({ name, runs }) =>
    runs.map(
      (run) =>
        `<tr><td>${nameHtml(name)}</td><td>${nameHtml(run.name)}</td><td class="number">${run.duration > 0 ? formatValue(run.duration * 1e9, 'ns') : '–'}</td><td class="number">${formatCount(run.samples)}</td><td>${nameHtml(
          Object.entries(run.labels)
            .map(([key, value]) => `${key}=${value}`)
            .join(', '),
          200,
        )}</td></tr>`,
    ),
  );
  const skipped = skippedInputs.map(({ file, why }) => `<li>${nameHtml(file)}: ${nameHtml(why, 300)}</li>`);
  const spread = pairs.map(({ candidate, dispersion }) => {
    const df = dispersion.df === null ? 'without end' : dispersion.df.toFixed(1);
    return `<p class="dim">Spread between runs of ${nameHtml(candidate)} and its baseline: φ = ${dispersion.base.toFixed(2)} + ${dispersion.slope.toPrecision(2)} · samples a run, worth ${df} degrees of freedom.</p>`;
  });
  return `<details class="panel provenance" id="provenance" open>
<summary><h2>How this was measured</h2></summary>
<p>The run is what is counted, never the sample. Costs ${escapeMarkup(work.text)}: ${escapeMarkup(work.why)}.</p>
<div class="scroll"><table class="data"><caption class="hidden">Runs</caption><thead><tr><th scope="col">group</th><th scope="col">run</th><th scope="col" class="number">duration</th><th scope="col" class="number">samples</th><th scope="col">labels</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>
${skipped.length === 0 ? '' : `<h3>Not read</h3><ul>${skipped.join('')}</ul>`}
${spread.join('\n')}
<p class="dim">Functions: quasi-likelihood tests with shrunken dispersion, Benjamini–Hochberg. Metrics: Mann–Whitney, bootstrap over runs, Holm. vtune ${escapeMarkup(generator.version)}.</p>
</details>`;
}
