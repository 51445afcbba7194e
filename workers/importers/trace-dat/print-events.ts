import { formatBinary } from './printk.ts';
import type { EventRecord } from './record.ts';
import type { Symbols } from './symbols.ts';

/** Texts of trace_printk's events: print (text), bputs (a constant), bprint (a format with packed arguments). */
export class PrintEvents {
  readonly #formats = new Map<bigint, string>();
  readonly #symbols: Symbols;
  readonly #longSize: number;

  /** `printk`: lines `0xADDRESS : "format"`. */
  constructor(printk: string, symbols: Symbols, longSize: number) {
    this.#symbols = symbols;
    this.#longSize = longSize;
    for (const line of printk.split('\n')) {
      const found = /^(?:0x)?([0-9a-f]+) : "(.*)"$/i.exec(line.trim());
      if (found !== null) this.#formats.set(BigInt(`0x${found[1]}`), unescapeText(found[2] ?? ''));
    }
  }

  /** `where: text`, as trace-cmd prints it, without the newline at its end. */
  text(name: string, record: EventRecord): string {
    const where = this.#address(record, 'ip');
    const place = this.#symbols.name(where) || `0x${where.toString(16)}`;
    return `${place}: ${this.#message(name, record).replace(/\n+$/, '')}`;
  }

  #message(name: string, record: EventRecord): string {
    if (name === 'print') return record.text('buf');
    const format = this.#formats.get(this.#address(record, name === 'bputs' ? 'str' : 'fmt')) ?? '';
    if (name === 'bputs') return format;
    const [from, to] = record.range('buf');
    return formatBinary(format, record, from, to, this.#longSize, (address) => this.#symbols.name(address));
  }

  #address(record: EventRecord, name: string): bigint {
    const field = record.format?.fields.get(name);
    return field === undefined ? 0n : record.big(record.start + field.offset, field.size);
  }
}

function unescapeText(text: string): string {
  return text.replace(/\\([nt"\\])/g, (_, letter: string) => ({ n: '\n', t: '\t' })[letter] ?? letter);
}
