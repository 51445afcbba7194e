import { compareFindings } from '../model/finding.ts';
import { type NotRun, REPORT_VERSION, type Report, type Run } from '../model/report.ts';
import type { Trace } from '../model/trace.ts';
import type { Answer } from './analyzer.ts';
import { type AnalysisOptions, Context } from './context.ts';
import { eventSummaries } from './derived/event-summary.ts';
import { hostFacts } from './derived/host-facts.ts';
import { knobLabels } from './derived/settings.ts';
import { traceSpan } from './derived/trace-span.ts';
import { analyzers } from './index.ts';
import { verdictOf } from './verdict.ts';

/** Runs every analyzer whose needs are met and gathers their answers into a report. */
export function analyse(trace: Trace, version: string, options: AnalysisOptions = {}): Report {
  return analyseContext(new Context(trace, options), version);
}

/** The same for whoever goes on with what was derived. */
export function analyseContext(context: Context, version: string): Report {
  const { trace } = context;
  const answers: Answer[] = [];
  const notRun: NotRun[] = [];
  for (const analyzer of analyzers) {
    const lacking = analyzer.needs.find((need) => !need.met(trace, context));
    if (lacking === undefined) {
      answers.push(analyzer.run(context));
    } else {
      const { missing, captureWith } = lacking;
      notRun.push({
        analyzer: analyzer.id,
        question: analyzer.question,
        missing: typeof missing === 'string' ? missing : missing(context),
        captureWith,
      });
    }
  }
  const run = describeRun(context);
  const findings = answers.flatMap((answer) => answer.findings).sort(compareFindings);
  const metrics = answers.flatMap((answer) => answer.metrics);
  return {
    version: REPORT_VERSION,
    generator: { name: 'vtune', version },
    runs: [run],
    imports: trace.imports.map((row) => ({
      ...row,
      firstSkipped: Number.isNaN(row.firstSkipped) ? null : row.firstSkipped,
      clock: { ...row.clock, spread: Number.isNaN(row.clock.spread) ? null : row.clock.spread },
    })),
    skippedInputs: trace.skippedInputs,
    verdict: verdictOf({ context, run, findings, metrics }),
    metrics,
    findings,
    notRun,
    sections: answers.flatMap((answer) => answer.sections),
  };
}

function describeRun(context: Context): Run {
  const { trace } = context;
  return {
    name: trace.labels.name ?? trace.imports[0]?.file ?? 'run',
    // What somebody says of the run goes before what its files say.
    labels: { ...context.derive(knobLabels), ...trace.labels },
    host: context.derive(hostFacts),
    duration: context.derive(traceSpan).duration,
    samples: context.derive(eventSummaries).reduce((sum, { samples }) => sum + samples, 0),
    events: context
      .derive(eventSummaries)
      .map(({ name, unit, samples, weight }) => ({ name, unit, samples, weight })),
  };
}
