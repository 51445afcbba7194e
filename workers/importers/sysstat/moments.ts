import { NS_PER_DAY } from '../wall-time.ts';

/**
 * Dates the times of day that sysstat's tools print. Each is taken to be within half a day of the one before, since
 * tables of one report begin with the time of the report before it, also across midnight.
 */
export class Moments {
  /** ns of the last midnight that is known to have been. */
  #day = 0;
  #last = Number.NaN;

  /** `day`: ns of the midnight before the first time, of the banner's date. */
  begin(day: number): void {
    this.#day = day;
    this.#last = Number.NaN;
  }

  /** ns since 1970 of a time of day in ns. */
  at(timeOfDay: number): number {
    let time = this.#day + timeOfDay;
    if (time < this.#last - NS_PER_DAY / 2) time += NS_PER_DAY;
    else if (time > this.#last + NS_PER_DAY / 2) time -= NS_PER_DAY;
    this.#day = time - timeOfDay;
    this.#last = time;
    return time;
  }
}
