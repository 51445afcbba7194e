import type { QuestionArea, Unanswered } from '../model/report.ts';
import type { Analyzer, Need } from './analyzer.ts';
import { type Area, areaOf, areas, isCaptured } from './areas.ts';
import type { Context } from './context.ts';
import { parts } from './parts.ts';

/** Which analyzers can run on a trace, and what the others lack. */
export interface Answerable {
  readonly run: readonly Analyzer[];
  readonly open: readonly OpenQuestion[];
}

interface OpenQuestion extends Unanswered {
  /** Commands that would have to be given for an answer; the first is that of what is missing. */
  readonly commands: readonly string[];
}

export function answerable(analyzers: readonly Analyzer[], context: Context): Answerable {
  const run: Analyzer[] = [];
  const open: OpenQuestion[] = [];
  const unmet = (need: Need): boolean => !need.met(context.trace, context);
  for (const analyzer of analyzers) {
    const lacking = analyzer.needs.filter(unmet);
    const [first] = lacking;
    if (first !== undefined) {
      const commands = [...new Set(lacking.map(({ captureWith }) => captureWith))];
      const { id, question } = analyzer;
      open.push({ ...openQuestion(id, question, first, context), near: first.unusable === true, commands });
      continue;
    }
    run.push(analyzer);
    for (const { of, question, need } of parts)
      if (of === analyzer.id && unmet(need))
        open.push({ ...openQuestion(of, question, need, context), near: true, commands: [need.captureWith] });
  }
  return { run, open };
}

function openQuestion(analyzer: string, question: string, { missing, captureWith }: Need, context: Context) {
  const lacking = typeof missing === 'string' ? missing : missing(context);
  return { analyzer, question, missing: lacking, captureWith, area: areaOf(analyzer).id };
}

export function notRun({ open }: Answerable): Unanswered[] {
  return open.map(({ commands: _, ...question }) => question);
}

/** Areas with open questions: those the capture holds something of first, among them the fewest open ones first. */
export function questionAreas({ run, open }: Answerable): QuestionArea[] {
  const found = areas.flatMap((area): QuestionArea[] => {
    const own = open.filter((each) => each.area === area.id);
    if (own.length === 0) return [];
    const answered = run.filter(({ id }) => areaOf(id) === area).length;
    const held = answered > 0 || own.some(({ near }) => near);
    return [{ id: area.id, title: area.title, answered, held, open: own.length, ...command(area, own) }];
  });
  return found.sort((a, b) => Number(b.held) - Number(a.held) || (a.held ? a.open - b.open : 0));
}

/** The command that answers most of what is open: the area's own, unless what lacks is something else. */
function command(area: Area, open: readonly OpenQuestion[]): Pick<QuestionArea, 'captureWith' | 'captures'> {
  const own = {
    captureWith: area.captureWith,
    captures: open.filter(({ analyzer, near }) => !near && isCaptured(area, analyzer)).length,
  };
  const others = [...new Set(open.map(({ captureWith }) => captureWith))].map((captureWith) => ({
    captureWith,
    captures: open.filter(({ commands }) => commands.length === 1 && commands[0] === captureWith).length,
  }));
  return [own, ...others].reduce((best, each) => (each.captures > best.captures ? each : best));
}
