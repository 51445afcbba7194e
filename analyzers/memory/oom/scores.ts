import { memorySeries } from '../../../model/memory-series.ts';
import type { Section } from '../../../model/section.ts';
import type { Context } from '../../context.ts';
import { entitiesOf, lastValue, readingsOf } from '../../derived/counters/readings.ts';
import { kernelRelease } from '../../derived/settings.ts';
import { isSince, parseRelease } from '../../io/simulator/apply/kernel-release.ts';

const MOST_ROWS = 50;

/** A process as the OOM killer would rank it, at the last copy of /proc/PID/oom_score. */
interface Score {
  readonly pid: string;
  readonly score: number;
  /** oom_score_adj; NaN = not read. */
  readonly adjust: number;
  /** Part of RAM and swap that its points are, the adjustment included; NaN where the kernel is not known. */
  readonly share: number;
}

/**
 * Since 5.9 the file shows (1000 + points × 1000 ÷ total) × 2 ÷ 3, so that a task that has next to nothing shows 666; before
 * it was points × 1000 ÷ total, at least 0 (fs/proc/base.c, proc_oom_score).
 */
export function pointsShare(score: number, release: string | undefined): number {
  const known = parseRelease(release ?? '');
  if (known === undefined) return Number.NaN;
  return isSince(known, '5.9') ? (score * 1.5 - 1000) / 1000 : score / 1000;
}

export function oomScores(context: Context): readonly Score[] {
  const release = kernelRelease(context);
  return entitiesOf(context, 'process')
    .flatMap((pid): Score[] => {
      const score = lastValue(readingsOf(context, memorySeries.oomScore, 'process', pid));
      if (Number.isNaN(score)) return [];
      const adjust = lastValue(readingsOf(context, memorySeries.oomScoreAdjust, 'process', pid));
      return [{ pid, score, adjust, share: pointsShare(score, release) }];
    })
    .sort((a, b) => b.score - a.score);
}

/** Who would be killed next. */
export function scoresTable(context: Context): Section[] {
  const scores = context.derive(oomScores);
  if (scores.length === 0) return [];
  return [
    {
      kind: 'table',
      id: 'memory/oom/scores',
      title: 'Who the OOM killer would choose next',
      note: 'At the last copy; the highest score goes first. Since Linux 5.9 a task that has next to nothing shows 666, not 0: the share is what tells. Of RAM and swap; a group at its limit chooses among its own tasks.',
      columns: [
        { name: 'process', unit: 'text' },
        { name: 'oom_score', unit: 'count' },
        { name: 'oom_score_adj', unit: 'text' },
        { name: 'share of memory', unit: 'share' },
      ],
      rows: scores.slice(0, MOST_ROWS).map(({ pid, score, adjust, share }) => ({
        cells: [pid, score, Number.isNaN(adjust) ? '–' : String(adjust), share],
      })),
      of: scores.length,
    },
  ];
}
