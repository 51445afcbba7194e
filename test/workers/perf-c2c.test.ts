import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CACHE_LINE, CACHE_LINE_ACCESS, cacheLine, cacheLineAccess } from '../../model/c2c-series.ts';
import { perfC2c } from '../../workers/importers/perf-c2c.ts';
import { checkImporter } from '../support/check-importer.ts';
import { importRun } from '../support/import.ts';
import { repo } from '../support/paths.ts';
import { entitiesOf, valuesOf } from '../support/series.ts';

const fixture = readFileSync(repo('datasets/synth/c2c/two-nodes.txt'));
/** Columns as perf before 5.11 has them: counts of loads behind, LLC hits by name, coalesced by thread. */
const older = [
  '=================================================',
  '           Shared Data Cache Line Table          ',
  '=================================================',
  '#',
  '#        ----------- Cacheline ----------    Total      Tot  ----- LLC Load Hitm -----  ---- Store Reference ----    Total',
  '# Index             Address  Node  PA cnt  records     Hitm    Total      Lcl      Rmt    Total    L1Hit   L1Miss    Loads',
  '# .....  ..................  ....  ......  .......  .......  .......  .......  .......  .......  .......  .......  .......',
  '#',
  '      0            0x602180   N/A       0      300  100.00%       50       40       10      120      100       20      180',
  // A row in which a number reaches beyond its column says nothing.
  '      1            0x6021c0   N/A       0   300000000  100.00%       50       40       10      120      100       20      180',
  '',
  '=================================================',
  '      Shared Cache Line Distribution Pareto      ',
  '=================================================',
  '#',
  '#        ----- HITM -----  -- Store Refs --  --------- Data address ---------                               ---------- cycles ----------    Total       cpu                  Shared',
  '#   Num      Rmt      Lcl   L1 Hit  L1 Miss              Offset  Node  PA cnt      Pid        Code address  rmt hitm  lcl hitm      load  records       cnt  Symbol          Object  Source:Line  Node',
  '# .....  .......  .......  .......  .......  ..................  ....  ......  .......  ..................  ........  ........  ........  .......  ........  ..............  ......  ...........  ....',
  '#',
  '  -------------------------------------------------------------',
  '      0       10       40      100       20            0x602180',
  '  -------------------------------------------------------------',
  '         100.00%   50.00%   25.00%    0.00%                 0x0   N/A       0     4242            0x401100       500       200       100      150         2  [.] reader      bench   b.c:10        0',
  '           0.00%   50.00%   75.00%  100.00%                0x18   N/A       0     4243            0x401180         0       200       100      150         2  [.] writer      bench   b.c:20        1',
  'no row',
].join('\n');

describe('perf c2c report', () => {
  describe('as an input', () => checkImporter(perfC2c, fixture, 'perf-c2c.txt'));

  it('counts of a line, and its accesses by offset and code', () => {
    const trace = importRun([perfC2c, fixture]);
    expect(valuesOf(trace, cacheLine.remoteHitm, '0x55d3c0a04080', CACHE_LINE)).toEqual([1000]);
    expect(valuesOf(trace, cacheLine.stores, '0x55d3c0a04080', CACHE_LINE)).toEqual([3000]);
    const access = '0x55d3c0a04080 0x0 0x55d3c0a012f0';
    // 90.00 % of 1000, 83.33 % of 360.
    expect(valuesOf(trace, cacheLineAccess.remoteHitm, access, CACHE_LINE_ACCESS)).toEqual([900]);
    expect(valuesOf(trace, cacheLineAccess.localHitm, access, CACHE_LINE_ACCESS)[0]).toBeCloseTo(300, 0);
    expect(valuesOf(trace, cacheLineAccess.cpus, access, CACHE_LINE_ACCESS)).toEqual([8]);
    expect(trace.imports[0]?.skipped).toBe(0);
  });

  it('columns of older versions, by process', () => {
    const trace = importRun([perfC2c, Buffer.from(older)]);
    expect(valuesOf(trace, cacheLine.hitm, '0x602180', CACHE_LINE)).toEqual([50]);
    expect(valuesOf(trace, cacheLine.localHitm, '0x602180', CACHE_LINE)).toEqual([40]);
    expect(valuesOf(trace, cacheLine.stores, '0x602180', CACHE_LINE)).toEqual([120]);
    expect(entitiesOf(trace, CACHE_LINE_ACCESS)).toEqual([
      '0x602180 0x0 0x401100 4242',
      '0x602180 0x18 0x401180 4243',
    ]);
    // 75 % of 100 that hit L1 and all 20 that missed.
    expect(valuesOf(trace, cacheLineAccess.stores, '0x602180 0x18 0x401180 4243', CACHE_LINE_ACCESS)).toEqual(
      [95],
    );
    expect(trace.imports[0]?.skipped).toBe(2);
    expect(entitiesOf(trace, CACHE_LINE)).toEqual(['0x602180']);
  });
});
