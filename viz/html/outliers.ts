import type { Outliers } from '../../model/outliers.ts';
import { formatCount } from '../../model/units.ts';
import { escapeMarkup } from '../../model/visible-text.ts';
import { nameHtml } from './escape.ts';
import { renderPage } from './report.ts';

/** Odd runs as one self-contained page. */
export function renderOutliers(outliers: Outliers): string {
  const { runs, clusters, verdict, findings, notRun, sections, event } = outliers;
  return renderPage({
    title: `vtune outliers · ${verdict.headline}`,
    facts: [
      `${formatCount(runs.length)} runs`,
      `${formatCount(clusters.length)} ${clusters.length === 1 ? 'kind' : 'kinds'} of runs`,
      event === '' ? '' : `samples of ${event}`,
    ].filter((fact) => fact !== ''),
    verdict,
    findings,
    notRun,
    sections,
    provenance: provenanceHtml(outliers),
  });
}

function provenanceHtml({ skippedInputs, generator }: Outliers): string {
  const skipped = skippedInputs.map(({ file, why }) => `<li>${nameHtml(file)}: ${nameHtml(why, 300)}</li>`);
  return `<details class="panel provenance" id="provenance">
<summary><h2>How this was measured</h2></summary>
<p>Shares of functions by their own samples, names as all runs have them in common; Hellinger distances; a run is odd when its distance is beyond what the spread of the others explains.</p>
${skipped.length === 0 ? '' : `<h3>Not read</h3><ul>${skipped.join('')}</ul>`}
<p class="dim">vtune ${escapeMarkup(generator.version)}</p>
</details>`;
}
