import type { Context } from '../context.ts';
import { type Difference, differences } from './differences.ts';
import { type PhaseModel, phaseModel, type Stretch } from './model.ts';

/** One phase: when it was, and what sets it apart. */
export interface PhaseSummary {
  /** 0 = the one that comes first. */
  readonly phase: number;
  /** `A`, `B` … `Z`, `A2`. */
  readonly name: string;
  readonly stretches: readonly Stretch[];
  readonly seconds: number;
  readonly share: number;
  /** What was counted most closely, in this phase: samples. */
  readonly n: number;
  /** By channel, largest first. */
  readonly differences: readonly { readonly channel: string; readonly list: readonly Difference[] }[];
  /** What it is known by, in a few words. */
  readonly title: string;
}

const LETTERS = 26;

/** `A`, `B` … */
export function phaseName(phase: number): string {
  const letter = String.fromCharCode(65 + (phase % LETTERS));
  return phase < LETTERS ? letter : `${letter}${Math.floor(phase / LETTERS) + 1}`;
}

/** Every phase, in the order of their first appearance. */
export function phaseSummaries(context: Context): readonly PhaseSummary[] {
  const model = context.derive(phaseModel);
  if (model === undefined) return [];
  const whole = model.stretches.reduce((sum, { from, to }) => sum + to - from, 0);
  return Array.from({ length: model.phases }, (_, phase) => {
    const stretches = model.stretches.filter((stretch) => stretch.phase === phase);
    const seconds = stretches.reduce((sum, { from, to }) => sum + to - from, 0);
    const lists = model.channels.map((channel) => ({
      channel: channel.name,
      list: differences(channel, model.stretches, phase),
    }));
    return {
      phase,
      name: phaseName(phase),
      stretches,
      seconds,
      share: whole > 0 ? seconds / whole : 1,
      n: countIn(model, stretches),
      differences: lists,
      title: titleOf(model, stretches, lists),
    };
  });
}

function countIn({ channels }: PhaseModel, stretches: readonly Stretch[]): number {
  const counts = channels[0]?.counts;
  if (counts === undefined) return 0;
  return stretches.reduce((sum, { first, end }) => {
    let part = 0;
    for (let at = first * counts.columns; at < end * counts.columns; at++)
      part += counts.values[at] as number;
    return sum + part;
  }, 0);
}

/** What there is more of than elsewhere, else what there is most of. */
function titleOf(
  { channels }: PhaseModel,
  stretches: readonly Stretch[],
  lists: readonly { readonly channel: string; readonly list: readonly Difference[] }[],
): string {
  for (const { channel, list } of lists) {
    const more = list.find(
      ({ here, elsewhere, name }) => here > elsewhere && !(channel === 'activity' && name === 'sampled'),
    );
    if (more !== undefined) return `more ${more.name}`;
  }
  const [first] = channels;
  if (first === undefined) return '';
  const sums = new Float64Array(first.counts.columns);
  for (const {
    inner: [from, end],
  } of stretches) {
    for (let at = from * sums.length; at < end * sums.length; at++)
      sums[at % sums.length] = (sums[at % sums.length] as number) + (first.counts.values[at] as number);
  }
  const most = sums.indexOf(sums.reduce((a, b) => Math.max(a, b), 0));
  return `mostly ${first.names[most] ?? ''}`;
}
