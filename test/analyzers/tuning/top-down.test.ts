import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../analyzers/analyzer.ts';
import { Context } from '../../../analyzers/context.ts';
import { topDown } from '../../../analyzers/cpu/top-down.ts';
import { toplev } from '../../../workers/importers/toplev.ts';
import { importRun } from '../../support/import.ts';
import { repo } from '../../support/paths.ts';

const run = (bytes: string | Uint8Array): Answer =>
  topDown.run(new Context(importRun([toplev, typeof bytes === 'string' ? Buffer.from(bytes) : bytes])));
const real = (name: string): Answer => run(readFileSync(repo(`datasets/synth/toplev/${name}`)));
const value = ({ metrics }: Answer, node: string): number | undefined =>
  metrics.find(({ labels }) => labels.node === node)?.value;
/** A share of level one or two, in the columns of toplev. */
const row = (node: string, share: number, bottleneck = ''): string =>
  `C0,${node},${share},% Slots,,,0.0,100.0,${bottleneck},\n`;

describe('top-down analysis', () => {
  it('names the node toplev marked, from cores that were busy', () => {
    const answer = real('memory-bound.csv');
    // Cores 45.2 % and 43.2 %; the third was idle.
    expect(value(answer, 'Backend_Bound.Memory_Bound')).toBeCloseTo(0.442, 12);
    const [finding] = answer.findings;
    expect(answer.findings).toHaveLength(1);
    expect(finding?.claim).toBe(
      'The bottleneck is Backend_Bound.Memory_Bound: 44.2 % of slots went to waiting for data',
    );
    expect(finding?.severity).toBe('note');
    // 8.6 + 4.7 + 59.4 + 27.3.
    expect(finding?.evidence[0]?.formula).toContain('= 100.0 %');
    expect(finding?.caveats.join()).toContain('33.3 % of the time');
  });

  it('without a mark follows the largest losses down, with an interval over intervals', () => {
    const [finding] = real('interval.csv').findings;
    expect(finding?.claim).toContain(
      'Frontend_Bound.Fetch_Latency: 21.5 % of slots went to waiting for instructions',
    );
    expect(finding?.confidence.n).toBe(12);
    expect(finding?.confidence.low).toBeLessThan(0.215);
    expect(finding?.confidence.high).toBeGreaterThan(0.215);
    expect(finding?.actions[0]?.run).toContain('frontend_retired.latency_ge_16:pp');
  });

  it('numbers that cannot be shares are counted, named and not used', () => {
    const answer = run(
      row('Frontend_Bound', 53.9) +
        row('Bad_Speculation', 13273.4, '<==') +
        row('Backend_Bound', -13254.6) +
        row('Retiring', 27.3),
    );
    expect(answer.findings.map(({ id }) => id)).toEqual(['cpu/top-down/broken']);
    expect(answer.findings[0]?.claim).toContain('2 readings of toplev cannot be shares');
    expect(answer.findings[0]?.claim).toContain('Bad_Speculation 13273.4 %');
    expect(value(answer, 'Bad_Speculation')).toBeUndefined();
    expect(answer.metrics.find(({ id }) => id === 'cpu.topdown.nonsense')?.value).toBe(2);
  });

  it('four classes that do not add up leave the bottleneck open', () => {
    const answer = run(
      row('Frontend_Bound', 30) + row('Bad_Speculation', 10) + row('Backend_Bound', 50) + row('Retiring', 30),
    );
    expect(answer.findings.map(({ claim }) => claim)).toEqual([
      'The classes of the top-down analysis add up to 120.0 %, not to 100 %: what the bottleneck is stays open',
    ]);
  });

  it('classes that were not printed are not taken for zero', () => {
    const [finding] = run(row('Backend_Bound', 60) + row('Backend_Bound.Core_Bound', 55)).findings;
    expect(finding?.claim).toContain(
      'Backend_Bound.Core_Bound: 55.0 % of slots went to waiting for execution units',
    );
    expect(finding?.severity).toBe('warning');
    expect(finding?.caveats.join()).toContain('-v prints all');
  });

  it('a pipeline that does work has no bottleneck', () => {
    const [finding] = run(
      row('Frontend_Bound', 8) + row('Bad_Speculation', 4) + row('Backend_Bound', 10) + row('Retiring', 78),
    ).findings;
    expect(finding?.severity).toBe('ok');
    expect(finding?.claim).toContain('Nothing stands out');
    expect(finding?.actions).toEqual([]);
  });

  it('events in captures reach a command only when they are names', () => {
    const text =
      'C0,Frontend_Bound,60,% Slots,,"x; rm -rf /",0.0,100.0,<==,\nC0,Retiring,40,% Slots,,,0.0,100.0,,\n';
    const commands = run(text).findings.flatMap(({ actions }) =>
      actions.flatMap(({ run: each }) => each ?? []),
    );
    expect(commands.join()).not.toContain('rm -rf');
  });
});
