import type { Report } from '../../model/report.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import { escapeMarkup } from '../../model/visible-text.ts';
import { nameHtml } from './escape.ts';

/** How this was measured: files, losses, versions, commands. */
export function provenanceHtml({ runs, imports, skippedInputs, generator }: Report): string {
  const rows = imports.map(
    (row) =>
      `<tr><td>${nameHtml(row.file)}</td><td>${escapeMarkup([row.importer, ...row.encodings].join(', '))}</td><td class="number">${formatValue(row.bytes, 'bytes')}</td><td class="number">${formatCount(row.records)}</td><td class="number">${formatCount(row.skipped)}${row.firstSkipped === null ? '' : ` (first at byte ${formatCount(row.firstSkipped)})`}</td><td class="number">${formatCount(row.lost)}</td><td class="number">${formatCount(row.outOfOrder)}</td><td>${row.problem === undefined ? '' : nameHtml(row.problem, 300)}</td></tr>`,
  );
  const skipped = skippedInputs.map(({ file, why }) => `<li>${nameHtml(file)}: ${nameHtml(why, 300)}</li>`);
  const facts = runs.flatMap(({ host, labels }) =>
    [...Object.entries(host), ...Object.entries(labels)].map(
      ([name, value]) => `<dt>${escapeMarkup(name)}</dt><dd>${nameHtml(value, 400)}</dd>`,
    ),
  );
  return `<details class="panel provenance" id="provenance" open>
<summary><h2>How this was measured</h2></summary>
<div class="scroll"><table class="data"><caption class="hidden">Files read</caption><thead><tr><th scope="col">file</th><th scope="col">format</th><th scope="col" class="number">content</th><th scope="col" class="number">records</th><th scope="col" class="number">skipped</th><th scope="col" class="number">lost</th><th scope="col" class="number">out of order</th><th scope="col">problem</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>
${skipped.length === 0 ? '' : `<h3>Not read</h3><ul>${skipped.join('')}</ul>`}
${facts.length === 0 ? '' : `<dl>${facts.join('')}</dl>`}
<p class="dim">Intervals are 95 % Wilson intervals, widened where samples close in time resemble each other (design effect from blocks of a second). vtune ${escapeMarkup(generator.version)}.</p>
</details>`;
}

/** `0.02 % skipped`, or nothing when all was read. */
export function skippedShare({ imports }: Report): string {
  const records = imports.reduce((sum, row) => sum + row.records, 0);
  const skipped = imports.reduce((sum, row) => sum + row.skipped, 0);
  return skipped === 0 ? '' : `${formatShare(skipped / (skipped + records))} skipped`;
}
