import type { NotRun, QuestionArea, Report } from '../../model/report.ts';
import { formatCount } from '../../model/units.ts';
import { escapeMarkup } from '../../model/visible-text.ts';
import { commandHtml } from './cards.ts';

/** Questions that could not be answered, each with the command that captures what was missing. */
export function notRunHtml(notRun: readonly NotRun[]): string {
  if (notRun.length === 0) return '';
  return `<section class="not-run" aria-label="Not run"><h2>Not answered (${notRun.length})</h2>${listHtml(notRun)}</section>`;
}

/**
 * The same by subject: what the capture nearly answers is open to the eye, one line and one command a subject; what it
 * holds nothing of is folded.
 */
export function unansweredHtml({ areas, notRun }: Pick<Report, 'areas' | 'notRun'>): string {
  if (notRun.length === 0) return '';
  const area = (each: QuestionArea): string =>
    areaHtml(
      each,
      notRun.filter((question) => question.area === each.id),
    );
  const nearly = notRun.filter(({ near }) => near);
  const near = areas.filter(({ held }) => held);
  const far = areas.filter(({ held }) => !held);
  const folded =
    far.length === 0
      ? ''
      : `<details class="far"><summary>${escapeMarkup(nothingOf(far))}</summary>${far.map(area).join('\n')}</details>`;
  return `<section class="not-run" aria-label="Not answered">
<h2>Not answered (${formatCount(notRun.length)})</h2>
${nearly.length === 0 ? '' : `<p>Nearly answered: one source is missing, or tells nothing</p>${listHtml(nearly)}`}
${near.map(area).join('\n')}
${folded}
</section>`;
}

/** `Nothing was recorded of scheduler (10 questions), KVM (4 questions)`. */
export function nothingOf(areas: readonly QuestionArea[]): string {
  return `Nothing was recorded of ${areas.map(({ title, open }) => `${title} (${questions(open)})`).join(', ')}`;
}

/** `CPU profile: 1 of 6 questions is open. This answers it`; without answers, `10 questions are open`. */
export function openQuestions({ title, answered, open, captures }: QuestionArea): string {
  const of = answered === 0 ? questions(open) : `${formatCount(open)} of ${questions(open + answered)}`;
  const part =
    captures === open
      ? open === 1
        ? 'it'
        : open === 2
          ? 'both'
          : 'all of them'
      : `${formatCount(captures)} of them`;
  return `${title}: ${of} ${open === 1 ? 'is' : 'are'} open. This answers ${part}`;
}

function questions(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'question' : 'questions'}`;
}

function areaHtml(area: QuestionArea, notRun: readonly NotRun[]): string {
  return `<div class="area"><p>${escapeMarkup(openQuestions(area))}:</p>${commandHtml('capture', area.captureWith)}
<details><summary>${notRun.length === 1 ? 'The question, and what it lacks' : 'The questions, and what each lacks'}</summary>${listHtml(notRun)}</details></div>`;
}

/** Questions that lack the same thing stand together. */
function listHtml(notRun: readonly NotRun[]): string {
  const items = [...new Set(notRun.map(({ missing }) => missing))].map((missing) => {
    const own = notRun.filter((each) => each.missing === missing);
    const asked = own.map(({ question }) => escapeMarkup(question)).join('<br>');
    return `<li>${asked} <b>No ${escapeMarkup(missing)}.</b>${commandHtml('capture', own[0]?.captureWith ?? '')}</li>`;
  });
  return `<ul>${items.join('')}</ul>`;
}
