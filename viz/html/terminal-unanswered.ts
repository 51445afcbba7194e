import type { Report } from '../../model/report.ts';
import { nothingOf, openQuestions } from './not-run.ts';

/** A line about what is open, or the command that belongs to the line before it. */
export interface UnansweredLine {
  readonly text: string;
  readonly kind: 'area' | 'question' | 'command';
}

/** Subjects named with their commands when not all are asked for. */
const MOST_AREAS = 5;
/** Questions that lack one source, named apart. */
const MOST_QUESTIONS = 4;

/**
 * What was not answered, by subject: those the capture holds something of with one command each, the others in one line.
 * `all`: every subject, every question, and what each lacks.
 */
export function unansweredLines(
  { areas, notRun }: Pick<Report, 'areas' | 'notRun'>,
  all: boolean,
): UnansweredLine[] {
  const near = areas.filter(({ held }) => held);
  const far = areas.filter(({ held }) => !held);
  const shown = all ? areas : near.slice(0, MOST_AREAS);
  const nearly = all ? [] : notRun.filter((question) => question.near).slice(0, MOST_QUESTIONS);
  const lines = nearly.map(({ question, missing }): UnansweredLine => {
    return { kind: 'area', text: `? ${question} No ${missing}.` };
  });
  const byArea = shown.flatMap((area): UnansweredLine[] => [
    { kind: 'area', text: `? ${openQuestions(area)}:` },
    { kind: 'command', text: area.captureWith },
    ...(all ? questionsOf(area.id, notRun) : []),
  ]);
  lines.push(...byArea);
  if (all) return lines;
  const rest = near.slice(MOST_AREAS);
  if (rest.length > 0)
    lines.push({
      kind: 'area',
      text: `? Open too: ${rest.map(({ title, open }) => `${title} (${open})`).join(', ')}.`,
    });
  if (far.length > 0) lines.push({ kind: 'area', text: `? ${nothingOf(far)}.` });
  if (lines.length > 0)
    lines.push({ kind: 'area', text: 'What each question lacks: the report, or --unanswered.' });
  return lines;
}

function questionsOf(area: string, notRun: Report['notRun']): UnansweredLine[] {
  return notRun
    .filter((each) => each.area === area)
    .flatMap(({ question, missing, captureWith }, i, own) => [
      { kind: 'question' as const, text: `- ${question} No ${missing}.` },
      ...(captureWith === own[i + 1]?.captureWith ? [] : [{ kind: 'command' as const, text: captureWith }]),
    ]);
}
