import type {
  ApplyCommands,
  Capture,
  SchedulerPrediction,
  SeedSpread,
  Simulation,
  ValidationError,
} from '../../model/simulation.ts';
import { formatCount, formatShare, formatValue, type Unit } from '../../model/units.ts';
import { visibleText } from '../../model/visible-text.ts';

/** Operations of one seed below which its 99th percentile is its maximum. */
const ENOUGH_FOR_P99 = 100;
const header = ['task', 'rate', 'bytes', 'mean', 'p50', 'p99', 'max', 'n'];

/** The predictions as a table per scheduler: mean over the seeds, and the range of single seeds in brackets. */
export function renderSimulationText(simulation: Simulation): string {
  const { workload, device, duration, seeds, hz, predictions, capture, caveats } = simulation;
  const lines = [
    `${visibleText(workload)} on ${visibleText(device)}; ${formatValue(duration, 'ns')} simulated, HZ ${hz}`,
    `every figure: mean (lowest–highest) over ${seeds.length} seeds, ${seeds[0]} to ${seeds.at(-1)}; n of all seeds; latencies from submission to completion`,
  ];
  if (capture !== undefined) lines.push('', ...captureLines(capture));
  for (const prediction of predictions) lines.push('', ...predictionLines(prediction, seeds.length));
  lines.push('', ...caveats.map((caveat) => `note: ${caveat}`));
  const against = predictions.find(({ validation }) => validation !== undefined)?.validation?.against;
  if (against !== undefined) lines.push(`errors are known against ${against}`);
  return `${lines.join('\n')}\n`;
}

const captureHeader = ['task', 'rate', 'bytes', 'mean', 'p50', 'p99', 'max', 'n', 'rate error', 'p99 error'];

function captureLines({ scheduler, demerit, tasks, replay, notes }: Capture): string[] {
  const { read, write, reads, writes, heldOut } = demerit;
  const of = heldOut ? 'requests it was not fitted to' : 'the requests it was fitted to, too few to divide';
  const rows = tasks.map(({ task, writeBack, n, rate, byteRate, mean, p50, p99, max }, i) => [
    visibleText(task),
    formatValue(rate, '1/s'),
    formatValue(byteRate, 'bytes/s'),
    formatValue(mean, 'ns'),
    formatValue(p50, 'ns'),
    n < ENOUGH_FOR_P99 || writeBack ? '–' : formatValue(p99, 'ns'),
    formatValue(max, 'ns'),
    formatCount(n),
    signed(replay?.[i]?.rate),
    signed(replay?.[i]?.p99),
  ]);
  return [
    `captured under ${scheduler === undefined ? 'a scheduler the capture does not tell (--captured-scheduler NAME)' : visibleText(scheduler)}: latencies from queueing to completion; errors of bytes a second and of p99 when it is simulated again`,
    ...aligned([captureHeader, ...rows]).map((line) => `  ${line}`),
    ...notes.map((note) => `  ${visibleText(note)}`),
    `  demerit of the device (RMS distance of latency curves over the mean, ${of}): reads ${figure(read)} (n = ${formatCount(reads)}), writes ${figure(write)} (n = ${formatCount(writes)})`,
  ];
}

function signed(error: number | undefined): string {
  if (error === undefined || !Number.isFinite(error)) return '–';
  return `${error < 0 ? '−' : '+'}${formatShare(Math.abs(error))}`;
}

function figure(share: number): string {
  return Number.isFinite(share) ? formatShare(share) : '–';
}

function predictionLines(prediction: SchedulerPrediction, seeds: number): string[] {
  const { scheduler, settings, modelled, tasks, rate, byteRate, busy, validation, apply, notOnThisKernel } =
    prediction;
  const set = Object.entries(settings).map(([name, value]) => ` ${name}=${value}`);
  const rows = tasks.map((task) => [
    visibleText(task.task),
    over(task.rate, '1/s'),
    over(task.byteRate, 'bytes/s'),
    over(task.latencyMean, 'ns'),
    over(task.p50, 'ns'),
    task.n < ENOUGH_FOR_P99 * seeds ? 'too few' : over(task.p99, 'ns'),
    over(task.max, 'ns'),
    formatCount(task.n),
  ]);
  const starved = tasks.filter(({ n }) => n === 0).map(({ task }) => visibleText(task));
  return [
    `${scheduler}${set.join('')}  (modelled on ${modelled})`,
    ...aligned([header, ...rows]).map((line) => `  ${line}`),
    `  all: ${over(rate, '1/s')}, ${over(byteRate, 'bytes/s')}, device busy ${over(busy, 'share')}`,
    ...errorLines(validation).map((line) => `  ${line}`),
    ...(notOnThisKernel === undefined ? [] : [`  not on this kernel: ${visibleText(notOnThisKernel)}`]),
    ...(starved.length === 0 ? [] : [`  nothing completed, so no latency: ${starved.join(', ')}`]),
    ...(apply === undefined ? [] : commandLines(apply)),
  ];
}

/** The error to expect, and for a change of scheduler the two it is made of. */
function errorLines(error: ValidationError | undefined): string[] {
  if (error === undefined)
    return ['not validated: no measured run of this scheduler with this device, HZ and settings'];
  const { rateMean, rateMax, p99Mean, p99Max, n, replay, across, ofDefaults } = error;
  const parts = [
    ...(replay === undefined ? [] : [`the captured scheduler simulated again ${ratesText(replay)}`]),
    ...(across === undefined
      ? []
      : [
          `predictions of this one from captures under others, where both were recorded, ${ratesText(across)}`,
        ]),
  ];
  return [
    `known error${ofDefaults === true ? ' of its default tunables, the least to expect' : ''}: rates ${figure(rateMean)} on average, ${figure(rateMax)} at most; p99 ${figure(p99Mean)} on average, ${figure(p99Max)} at most (n = ${n} jobs)`,
    ...(parts.length === 0 ? [] : [`  rates, the larger of: ${parts.join('; ')}`]),
  ];
}

function ratesText({ rateMean, rateMax, n }: Pick<ValidationError, 'rateMean' | 'rateMax' | 'n'>): string {
  return `${figure(rateMean)}, ${figure(rateMax)} at most (n = ${n})`;
}

function commandLines({ kernel, boot, show, apply, undo, persist, note }: ApplyCommands): string[] {
  // What was captured is written back as it was; else the shell remembers what was there.
  const remembers = undo.some((line) => line.includes('$'));
  return [
    `  choose it (${kernel}; ${note}):`,
    ...(boot === undefined ? [] : [`    boot with ${boot} first`]),
    ...[show, ...apply].map((line) => `    ${line}`),
    remembers ? '  undo it, in the same shell:' : '  undo it, to what was captured:',
    ...undo.map((line) => `    ${line}`),
    '  keep it, as /etc/udev/rules.d/60-vtune-scheduler.rules (remove the file to undo):',
    ...persist.split('\n').map((line) => `    ${line}`),
    '    sudo udevadm control --reload && sudo udevadm trigger --subsystem-match=block --action=change',
  ];
}

function over({ mean, low, high }: SeedSpread, unit: Unit): string {
  if (!Number.isFinite(mean)) return '–';
  return `${formatValue(mean, unit)} (${formatValue(low, unit)}–${formatValue(high, unit)})`;
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
  );
}
