import { describe, expect, it } from 'vitest';
import { analyse } from '../../analyzers/analyse.ts';
import { results } from '../../workers/importers/results.ts';
import { importCut } from '../support/import.ts';

const said = (text: string): Record<string, number> =>
  Object.fromEntries(
    analyse(importCut(results, Buffer.from(text)), '0')
      .metrics.filter(({ id }) => id === 'run.result')
      .map(({ labels, value, unit, better }) => [`${labels.name} ${unit} ${better}`, value]),
  );
const sniff = (text: string) => results.sniff(Buffer.from(text), 'x');

describe('what dd says at its end', () => {
  const text =
    '60+0 records in\n60+0 records out\n62914560 bytes (63 MB, 60 MiB) copied, 6.00487 s, 10.5 MB/s\n';

  it('is bytes, time and rate', () => {
    expect(sniff(text)).toBe('yes');
    const found = said(text);
    expect(Object.keys(found)).toEqual([
      'dd_bytes bytes neither',
      'dd_wall_s ns lower',
      'dd_bytes_per_s bytes/s higher',
    ]);
    expect(Object.values(found).map((value) => Math.round(value / 1000))).toEqual([
      62_915, 6_004_870, 10_477,
    ]);
  });

  it('stands beside results of a program, of any age of dd', () => {
    const old = `${text.replace(' (63 MB, 60 MiB)', ' (63 MB)')}events_total=430\n`;
    expect(sniff(old)).toBe('yes');
    expect(said(old)['events_total count neither']).toBe(430);
    expect(
      said('512 bytes transferred in 0.000021 secs (24380952 bytes/sec)\n')['dd_bytes bytes neither'],
    ).toBe(512);
    expect(said('0 bytes copied, 6.3e-05 s, 0.0 kB/s\n')['dd_bytes_per_s bytes/s higher']).toBe(0);
  });

  it('is not what any text with numbers says', () => {
    expect(sniff('60+0 records in\n60+0 records out\n')).toBe('no');
    expect(sniff('62914560 bytes moved, 6 s\n')).toBe('no');
    expect(sniff(`${text}something went wrong\n`)).toBe('no');
  });
});
