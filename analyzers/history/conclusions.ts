import type { History, HistorySeries } from '../../model/history.ts';
import type { WorkUnit } from '../compare/exposure.ts';
import type { CompareOptions } from '../compare/options.ts';
import type { PlainSeries } from './series.ts';

export interface HistoryOptions extends CompareOptions {
  readonly order?: 'time' | 'name';
}

/** A series with what its budget says of it. */
export interface JudgedSeries {
  readonly series: HistorySeries;
  readonly level: PlainSeries['level'];
}

export interface HistoryConclusions {
  readonly runs: History['runs'];
  readonly order: History['order'];
  readonly work: WorkUnit;
  readonly judged: readonly JudgedSeries[];
  /** Oldest runs that were not looked at. */
  readonly left: number;
}
