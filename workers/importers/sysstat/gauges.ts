import { RECORDER } from '../../../model/device-series.ts';
import { MEASURED_OVER } from '../../../model/printed-series.ts';
import type { TraceBuilder } from '../../../model/trace-builder.ts';

/** Files readings of gauges, each series looked up by texts once. */
export class Gauges {
  readonly #out: TraceBuilder;
  readonly #known = new Map<string, Map<string, number>>();

  constructor(out: TraceBuilder) {
    this.#out = out;
  }

  add(time: number, entity: string, entityName: string, name: string, unit: string, value: number): void {
    const owner = `${entity}\0${entityName}`;
    let ids = this.#known.get(owner);
    if (ids === undefined) {
      ids = new Map();
      this.#known.set(owner, ids);
    }
    const { series, strings, counters } = this.#out;
    let id = ids.get(name);
    if (id === undefined) {
      id = series.intern({
        name: strings.internText(name),
        unit: strings.internText(unit),
        entity: strings.internText(entity),
        entityName: strings.internText(entityName),
      });
      ids.set(name, id);
    }
    const row = counters.add();
    counters.columns.time[row] = time;
    counters.columns.series[row] = id;
    counters.columns.value[row] = value;
  }

  /** The interval (ns) that ends at `time` and that a table is of: `pidstat cpu`. */
  interval(time: number, table: string, length: number): void {
    this.add(time, RECORDER, table, MEASURED_OVER, 'ns', length);
  }
}
