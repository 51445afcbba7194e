import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../analyzers/analyzer.ts';
import { Context } from '../../../analyzers/context.ts';
import { falseSharing } from '../../../analyzers/memory/false-sharing.ts';
import { perfC2c } from '../../../workers/importers/perf-c2c.ts';
import { importRun } from '../../support/import.ts';
import { repo } from '../../support/paths.ts';

const text = readFileSync(repo('datasets/synth/c2c/two-nodes.txt'), 'utf8');
const run = (report: string): Answer =>
  falseSharing.run(new Context(importRun([perfC2c, Buffer.from(report)])));
const value = ({ metrics }: Answer, id: string, line: string): number | undefined =>
  metrics.find((each) => each.id === id && each.labels.line === line)?.value;

describe('false sharing', () => {
  it('lines by loads in vain, with the share of the whole recording', () => {
    const answer = run(text);
    expect(answer.findings.map(({ id }) => id)).toEqual([
      'memory/false-sharing/0x55d3c0a04080',
      'memory/false-sharing/0xffff9d0441a2c1c0',
    ]);
    // 1360 of 480 local and 1120 remote, of which 32 are of lines not listed.
    expect(answer.findings[0]?.share).toBe(1360 / 1600);
    expect(value(answer, 'memory.c2c.remote', '0x55d3c0a04080')).toBe(1000 / 1360);
    expect(value(answer, 'memory.c2c.offsets', '0x55d3c0a04080')).toBe(2);
  });

  it('two offsets are false sharing: pad; symbols and source lines are named', () => {
    const [finding] = run(text).findings;
    expect(finding?.severity).toBe('warning');
    expect(finding?.claim).toContain(
      '0x8 in count_error counters.c:57 and 0x0 in poll_requests counters.c:41',
    );
    expect(finding?.actions[0]?.text).toContain('64 bytes');
    expect(finding?.actions[1]?.run).toBe('pahole -E bench | less');
    // All at offset 0x0, which nobody stores to: 900 + 300.
    expect(finding?.caveats.join()).toContain('200 of');
    expect(finding?.evidence[0]?.formula).toContain('= 73.5 % from another node');
    expect(finding?.actions.at(-1)?.text).toContain('another memory node');
  });

  it('one offset is true sharing: padding does not help', () => {
    const finding = run(text).findings[1];
    expect(finding?.severity).toBe('note');
    expect(finding?.claim).toContain('True sharing');
    expect(finding?.actions[0]?.text).toContain('padding does not help');
  });

  it('a line nobody stores to beside one that is stored to: the pair of 128 bytes', () => {
    // The lock goes to the other half of the first line's 128 bytes, and its stores are gone.
    const pair = text
      .replaceAll('0xffff9d0441a2c1c0', '    0x55d3c0a040c0')
      .replace('1500      900      600      500      100', ' 900      900        0        0        0')
      .replace('120       80      500      100', '120       80        0        0')
      .replace(/100\.00% {2}100\.00% {2}100\.00% {2}100\.00%/, '100.00%  100.00%    0.00%    0.00%');
    const [, finding] = run(pair).findings;
    expect(finding?.id).toBe('memory/false-sharing/0x55d3c0a040c0');
    expect(finding?.claim).toContain('its neighbour 0x55d3c0a04080 in the same 128 bytes is stored to');
    expect(finding?.severity).toBe('warning');
    expect(finding?.actions[0]?.text).toContain('128 bytes instead of 64');
  });

  it('a table without who touches the lines claims no sharing', () => {
    const [finding] = run(text.slice(0, text.indexOf('      Shared Cache Line Distribution'))).findings;
    expect(finding?.claim).toContain('who touches it is not in the report');
    expect(finding?.actions).toEqual([]);
  });

  it('few samples are no finding on any line', () => {
    const few = text
      .split('\n')
      .filter((line) => !/0x55d3c0a|0xffff9d|0xffffffffb1/.test(line))
      .join('\n');
    const [finding] = run(few).findings;
    expect(finding).toMatchObject({ id: 'memory/false-sharing/few', severity: 'ok' });
    expect(finding?.claim).toContain('8 sampled loads');
  });

  it('objects in reports reach a command only when they are names', () => {
    const evil = text.replaceAll('bench            ', '$(rm -rf /)      ');
    const commands = run(evil).findings.flatMap(({ actions }) => actions.flatMap((each) => each.run ?? []));
    expect(commands.join()).not.toContain('rm -rf');
  });
});
