import {
  CPU_SHARE,
  DEVICE,
  DEVICE_SINCE_BOOT,
  HOST_SINCE_BOOT,
  intervalSeries,
  PRINTED_DECIMALS,
  RECORDER,
  REPORT,
  REPORT_SINCE_BOOT,
} from '../../../model/device-series.ts';
import type { TraceBuilder } from '../../../model/trace-builder.ts';
import type { Column } from './columns.ts';
import { type PrintedNumber, readPrinted } from './printed-number.ts';

/** Files reports of disk tools: a report row, then the values measured over its interval. */
export class ReportWriter {
  readonly #out: TraceBuilder;
  readonly #known = new Map<string, number>();
  #time = Number.NaN;
  #sinceBoot = false;
  #decimals = false;

  constructor(out: TraceBuilder) {
    this.#out = out;
  }

  /** Begins a report that ends at `time` (ns, NaN = not printed) and covers `interval` ns (0 = not printed). */
  report(time: number, interval = 0, sinceBoot = false): void {
    this.#time = time;
    this.#sinceBoot = sinceBoot;
    this.#decimals = false;
    this.#value(sinceBoot ? REPORT_SINCE_BOOT : REPORT, 'ns', RECORDER, '', interval);
  }

  /** The moment values of the host are of, without a report of devices. */
  moment(time: number, sinceBoot = false): void {
    this.#time = time;
    this.#sinceBoot = sinceBoot;
    this.#decimals = true;
  }

  /** Digits the numbers of this report have; the first call counts. */
  decimals(digits: number): void {
    if (this.#decimals) return;
    this.#decimals = true;
    this.#value(PRINTED_DECIMALS, 'digits', RECORDER, '', digits);
  }

  /**
   * One row of a device table: a text per column. False when one of them is no number: then nothing
   * of the row is kept, since a wrong cell usually means cells in wrong places.
   */
  row(
    device: string,
    columns: readonly (Column | undefined)[],
    cells: readonly string[],
    group = '',
  ): boolean {
    if (device === '' || cells.length !== columns.length) return false;
    const numbers: PrintedNumber[] = [];
    for (const cell of cells) {
      const number = readPrinted(cell);
      if (number === undefined) return false;
      numbers.push(number);
    }
    const entity = group === '' ? (this.#sinceBoot ? DEVICE_SINCE_BOOT : DEVICE) : group;
    this.decimals(Math.max(...numbers.map(({ unit, decimals }) => (unit === undefined ? decimals : 0))));
    numbers.forEach(({ value, unit }, i) => {
      const column = columns[i];
      if (column === undefined || Number.isNaN(value)) return;
      const { series, scale } = column;
      this.#value(series, intervalSeries[series], entity, device, value * (unit ?? scale));
    });
    this.#out.counts.records++;
    return true;
  }

  /** Share of the time of all CPUs in `state`: user, nice, system, iowait, steal, idle. */
  cpu(state: string, share: number): void {
    this.host(`${CPU_SHARE} ${state}`, 'share', share);
  }

  host(name: string, unit: string, value: number): void {
    this.#value(name, unit, this.#sinceBoot ? HOST_SINCE_BOOT : 'host', '', value);
  }

  #value(name: string, unit: string, entity: string, entityName: string, value: number): void {
    const { series, strings, counters } = this.#out;
    const key = `${name}\0${entity}\0${entityName}`;
    let id = this.#known.get(key);
    if (id === undefined) {
      id = series.intern({
        name: strings.internText(name),
        unit: strings.internText(unit),
        entity: strings.internText(entity),
        entityName: strings.internText(entityName),
      });
      this.#known.set(key, id);
    }
    const row = counters.add();
    counters.columns.time[row] = this.#time;
    counters.columns.series[row] = id;
    counters.columns.value[row] = value;
  }
}
