// Writes docs/tables.md, docs/metrics.md and docs/wait-reasons.md from the definitions in the code.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { analyzers } from '../dist/analyzers/index.js';
import { waitRules } from '../dist/analyzers/load/wait-reasons.js';
import { tableDefinitions } from '../dist/model/tables.js';

const docs = fileURLToPath(new URL('../docs/', import.meta.url));

/** A Markdown table; pipes in cells are escaped. */
function markdown(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function tablesDoc() {
  const parts = Object.values(tableDefinitions).map(({ name, about, schema, key }) => {
    const rows = Object.entries(schema).map(([column, { kind, of, about: what }]) => [
      `\`${column}\``,
      of === undefined ? kind : `${kind} → ${of}`,
      what,
    ]);
    const identity =
      key === undefined
        ? 'A log: one row each, in the order read, sorted by time.'
        : `Distinct by ${key.join(', ')}; row 0 is the null row.`;
    return `## ${name}\n\n${about} ${identity}\n\n${markdown(['column', 'kind', 'what'], rows)}`;
  });
  return `# Tables\n\nGenerated from \`model/tables.ts\` by \`npm run docs\`. Every column is a typed array on shared memory; \`→\` names the table a row id points to. \`strings\` is bytes and offsets; string 0 is empty.\n\n${parts.join('\n\n')}\n`;
}

export function metricsDoc() {
  const parts = analyzers
    .filter(({ metrics }) => metrics.length > 0)
    .map(({ id, question, metrics }) => {
      const rows = metrics.map(({ id: metric, unit, labels, about }) => [
        `\`${metric}${labels.length === 0 ? '' : `{${labels.join(',')}}`}\``,
        unit,
        about,
      ]);
      return `## ${id}\n\n${question}\n\n${markdown(['metric', 'unit', 'what'], rows)}`;
    });
  return `# Metrics\n\nGenerated from the analyzers by \`npm run docs\`. Ids are a public contract: they are never reused for something else.\n\n${parts.join('\n\n')}\n`;
}

export function waitReasonsDoc() {
  const ranks = [
    'Whatever stands inside or outside of them, these say it all',
    'Then locks: their frames are on the stack only while a lock is waited for',
    'Then what else an outer frame tells',
    'Then the innermost frame that any rule knows',
  ];
  const parts = ranks.map((title, i) => {
    const rows = waitRules
      .filter(({ rank }) => rank === i + 1)
      .map(({ reason, frames, source }) => [
        reason,
        `\`${frames.source.replace(/^\^\(\?:|\)\$$/g, '').replaceAll('(?:', '(')}\``,
        source,
      ]);
    return `## ${i + 1}. ${title}\n\n${markdown(['reason', 'kernel functions (regular expression)', 'where'], rows)}`;
  });
  return `# What threads in D wait for\n\nGenerated from \`analyzers/load/wait-reasons.ts\` by \`npm run docs\`. The stack of a blocked thread, or its wchan, is matched in this order.\n\n${parts.join('\n\n')}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(`${docs}tables.md`, tablesDoc());
  writeFileSync(`${docs}metrics.md`, metricsDoc());
  writeFileSync(`${docs}wait-reasons.md`, waitReasonsDoc());
}
