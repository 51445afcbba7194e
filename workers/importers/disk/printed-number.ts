/** A number as sysstat prints it: decimal point or comma, and with --human a unit or a percent sign. */
const printed = /^(-?\d+)(?:[.,](\d+))?([sBkMGTP%]?)$/;
const notANumber = /^-?(?:nan|inf)(?:inity)?$/i;

/** sysstat's own letters (common.c, cprintf_unit): sectors, bytes, and powers of 1024. */
const units: Readonly<Record<string, number>> = {
  s: 512,
  B: 1,
  k: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
  T: 2 ** 40,
  P: 2 ** 50,
};

export interface PrintedNumber {
  readonly value: number;
  /** Digits behind the decimal sign. */
  readonly decimals: number;
  /** The factor of a unit printed behind the number, to bytes; undefined when there is none. */
  readonly unit?: number;
}

/** Undefined when the text is no number at all; NaN for what was printed as nan. */
export function readPrinted(text: string): PrintedNumber | undefined {
  const found = printed.exec(text);
  if (found === null) return notANumber.test(text) ? { value: Number.NaN, decimals: 0 } : undefined;
  const [, whole = '', fraction = '', letter = ''] = found;
  const value = Number(fraction === '' ? whole : `${whole}.${fraction}`);
  const unit = units[letter];
  return { value, decimals: fraction.length, ...(unit === undefined ? {} : { unit }) };
}
