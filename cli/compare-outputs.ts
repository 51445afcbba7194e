import { appendFile } from 'node:fs/promises';
import type { Comparison } from '../model/comparison.ts';
import { Problem } from '../model/problem.ts';
import type { FlameSection } from '../model/section.ts';
import { renderComparison } from '../viz/html/comparison.ts';
import { renderComparisonSvg } from '../viz/svg/comparison.ts';
import { renderComparisonText } from '../viz/text/console.ts';
import { renderGithub } from '../viz/text/github.ts';
import { renderJunit } from '../viz/text/junit.ts';
import { renderMarkdown } from '../viz/text/markdown.ts';
import { renderSarif } from '../viz/text/sarif.ts';
import { foldedComparison } from '../workers/exporters/folded-comparison.ts';
import { pprofDiff } from '../workers/exporters/pprof-diff.ts';
import type { CompareCliOptions } from './compare-options.ts';
import { writeOutput } from './output.ts';

/** Everything that was asked for; every output is a reader of the comparison. */
export async function writeComparison(comparison: Comparison, options: CompareCliOptions): Promise<void> {
  const { output, json, markdown, junit, sarif, svg, folded, pprof } = options;
  const files: readonly [string | undefined, () => Iterable<string | Uint8Array>][] = [
    [output, () => [renderComparison(comparison)]],
    [json, () => [JSON.stringify(comparison), '\n']],
    [markdown, () => [renderMarkdown(comparison)]],
    [junit, () => [renderJunit(comparison)]],
    [sarif, () => [renderSarif(comparison, repository())]],
    [svg, () => renderComparisonSvg(flameOf(comparison), options.widths ?? 'both', picture)],
    [folded, () => foldedComparison(flameOf(comparison))],
    [pprof, () => [pprofDiff(flameOf(comparison))]],
  ];
  for (const [file, render] of files) if (file !== undefined) await writeOutput(file, render());
  if (options.github) await writeGithub(comparison);
  else if (!options.quiet && !files.some(([file]) => file === '-')) {
    const colour = Boolean(process.stdout.isTTY) && process.env.NO_COLOR === undefined;
    process.stdout.write(renderComparisonText(comparison, { colour, width: process.stdout.columns ?? 100 }));
    if (output !== undefined) process.stdout.write(`report: ${output}\n`);
  }
}

/** Pixels. */
const picture = { width: 1200, minWidth: 0.1, icicle: false } as const;

/** The differential of the first candidate. */
function flameOf({ sections, notRun }: Comparison): FlameSection {
  const flame = sections.find((section) => section.kind === 'flame');
  if (flame !== undefined) return flame;
  throw new Problem({
    code: 'no-samples',
    message: 'these runs hold no profiles to draw a difference of',
    hint: notRun[0]?.captureWith ?? 'record with perf record -g',
  });
}

/** Folder that places in sources are relative to. */
function repository(): string {
  return process.env.GITHUB_WORKSPACE || process.cwd();
}

/** Annotations on stdout; the comment's text is added to the step's summary, which steps share. */
async function writeGithub(comparison: Comparison): Promise<void> {
  process.stdout.write(renderGithub(comparison, repository()));
  const summary = process.env.GITHUB_STEP_SUMMARY;
  if (summary) await appendFile(summary, `${renderMarkdown(comparison)}\n`);
}
