import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Comparison } from '../../model/comparison.ts';
import type { FlameSection } from '../../model/section.ts';
import { renderComparison } from '../../viz/html/comparison.ts';
import { renderComparisonSvg, widthChoices } from '../../viz/svg/comparison.ts';
import { foldedComparison } from '../../workers/exporters/folded-comparison.ts';
import { pprofDiff } from '../../workers/exporters/pprof-diff.ts';
import { after, before, compareSides, hostileComparison, variedRuns } from '../support/comparison-fixture.ts';
import { commands, hostileNames } from '../support/hostile.ts';
import { decodePprof } from '../support/pprof.ts';
import { elementsOf, parseXml, type XmlElement } from '../support/xml.ts';

const flameOf = ({ sections }: Comparison): FlameSection => {
  const flame = sections.find((section) => section.kind === 'flame');
  if (flame === undefined) throw new Error('no flame graph');
  return flame;
};
const compared = compareSides(variedRuns('a', before), variedRuns('b', after));
const hostile = hostileComparison();
const shares = compareSides(variedRuns('a', before), variedRuns('b', after), { per: 'total' });
const sum = (values: readonly number[] = []): number => values.reduce((all, value) => all + value, 0);
const totals = ({ tree, compare }: FlameSection): [number, number] => [
  sum(compare?.self),
  sum(tree.nodes.self),
];

describe('the two-column folded stacks of a comparison', () => {
  /** As flamegraph.pl reads a line: the last two numbers, then frames. */
  const read = (comparison: Comparison): [string[], number, number][] =>
    [...foldedComparison(flameOf(comparison))].map((line) => {
      const found = /^(.*)\s+?(\d+(?:\.\d*)?)\s+?(\d+(?:\.\d*)?)\n$/.exec(line);
      expect(found, line).not.toBeNull();
      const [, stack = '', first, second] = found ?? [];
      return [stack.split(';'), Number(first), Number(second)];
    });

  it.each([
    ['costs', compared],
    ['hostile names', hostile],
    ['shares', shares],
  ])('sum up to both totals: %s', (_, comparison) => {
    const lines = read(comparison);
    const [first, second] = totals(flameOf(comparison));
    expect(sum(lines.map((line) => line[1])) / first).toBeCloseTo(1, 6);
    expect(sum(lines.map((line) => line[2])) / second).toBeCloseTo(1, 6);
  });

  it('hold each path with what it cost before and after, vanished and new ones with none', () => {
    const lines = read(compared).map(([stack, first, second]) => [stack.join(';'), first, second] as const);
    const of = (stack: string) => lines.find((line) => line[0] === stack);
    // 3e9 ns of 1000 requests, within a hundredth or two.
    expect((of('bench;main;serve;parse')?.[1] ?? 0) / 3e6).toBeCloseTo(1, 1);
    expect((of('bench;main;serve;parse')?.[2] ?? 0) / 4.5e6).toBeCloseTo(1, 1);
    expect(of('bench;main;serve;match')?.[2]).toBe(0);
    expect(of('bench;main;serve;index')?.[1]).toBe(0);
  });

  it('have one line a path and one frame a name, whatever the name holds', () => {
    const lines = read(hostile);
    expect(lines).toHaveLength(hostileNames.length);
    // bench, main, then at most two hostile names.
    for (const [stack] of lines) {
      expect(stack.length).toBeGreaterThanOrEqual(3);
      expect(stack.length).toBeLessThanOrEqual(4);
      for (const frame of stack) {
        expect(frame).not.toMatch(commands);
        expect(frame.trim()).not.toBe('');
      }
    }
  });
});

describe('the pprof profile of a comparison', () => {
  it.each([
    ['costs', compared],
    ['hostile names', hostile],
    ['shares', shares],
  ])('sums up to both totals, the baseline negative: %s', (_, comparison) => {
    const profile = decodePprof(gunzipSync(pprofDiff(flameOf(comparison))));
    expect(profile.sampleTypes).toHaveLength(1);
    const scale = Number(/^cost_per_(\d+)_/.exec(profile.sampleTypes[0]?.type ?? '')?.[1]);
    const [first, second] = totals(flameOf(comparison));
    const isBase = ({ labels }: { labels: Readonly<Record<string, string>> }) =>
      labels['pprof::base'] === 'true';
    const base = profile.samples.filter(isBase);
    const own = profile.samples.filter((sample) => !isBase(sample));
    for (const { values } of base) expect(values[0]).toBeLessThan(0);
    expect(sum(base.map(({ values }) => values[0] ?? 0)) / scale / -first).toBeCloseTo(1, 6);
    expect(sum(own.map(({ values }) => values[0] ?? 0)) / scale / second).toBeCloseTo(1, 6);
  });

  it('names leaf first what the call tree names root first', () => {
    const profile = decodePprof(gunzipSync(pprofDiff(flameOf(compared))));
    const stacks = profile.samples.map(({ stack }) => stack.join(' < '));
    expect(stacks).toContain('parse < serve < main < bench');
    expect(profile.sampleTypes[0]).toEqual({ type: 'cost_per_100_request', unit: 'nanoseconds' });
    // Every location, function and mapping that is referred to exists.
    expect(profile.dangling).toEqual([]);
    expect(decodePprof(gunzipSync(pprofDiff(flameOf(hostile)))).dangling).toEqual([]);
  });
});

describe('the differential SVG of a comparison', () => {
  const picture = { width: 1200, minWidth: 0.1, icicle: false };
  const framesOf = (comparison: Comparison, choice: (typeof widthChoices)[number], options = {}) => {
    const text = [...renderComparisonSvg(flameOf(comparison), choice, { ...picture, ...options })].join('');
    const root = parseXml(text);
    const frames = elementsOf(root, 'g')
      .find(({ attributes }) => attributes.id === 'frames')
      ?.children.map((group) => ({
        title: part(group, 'title')?.text ?? '',
        fill: part(group, 'rect')?.attributes.fill ?? '',
        width: Number(part(group, 'rect')?.attributes.width),
        label: part(group, 'text')?.text ?? '',
        change: group.attributes['data-change'] ?? '',
      }));
    return frames ?? [];
  };
  const part = (group: XmlElement, name: string) => group.children.find((child) => child.name === name);
  const of = (frames: ReturnType<typeof framesOf>, name: string) =>
    frames.find(({ title }) => title.startsWith(`${name} (`));
  const channels = (fill: string) =>
    [1, 3, 5].map((at) => Number.parseInt(fill.slice(at, at + 2), 16)) as [number, number, number];

  it('is orange where it costs more, blue where less, grey where noise', () => {
    const frames = framesOf(compared, 'both');
    for (const { fill } of frames) expect(fill).toMatch(/^#[\da-f]{6}$/);
    for (const name of ['parse', 'index']) {
      const [red, , blue] = channels(of(frames, name)?.fill ?? '');
      expect(red).toBeGreaterThan(blue);
    }
    for (const name of ['hash', 'match']) {
      const [red, , blue] = channels(of(frames, name)?.fill ?? '');
      expect(blue).toBeGreaterThan(red);
    }
    expect(of(frames, 'write')?.fill).toBe('#d6dae0');
    expect(of(frames, 'write')?.title).toContain('within noise');
    for (const { title, fill } of frames)
      expect(fill === '#d6dae0', title).toBe(title.includes('within noise'));
  });

  it('shows with each choice who has a cost in it', () => {
    const [both, candidate, baseline] = (['both', 'candidate', 'baseline'] as const).map((choice) =>
      framesOf(compared, choice),
    );
    for (const name of ['match', 'index']) expect(of(both ?? [], name)?.width).toBeGreaterThan(20);
    expect(of(candidate ?? [], 'match')).toBeUndefined();
    expect(of(baseline ?? [], 'index')).toBeUndefined();
    expect(of(both ?? [], 'match')?.title).toMatch(/ to 0 ns, gone, −\d/);
    expect(of(both ?? [], 'index')?.title).toMatch(/, new, \+\d/);
    // parse is 3 of 10 before and 4.5 of 11.1 after; 1180 px are the whole.
    expect((of(baseline ?? [], 'parse')?.width ?? 0) / 1180).toBeCloseTo(0.3, 1);
    expect((of(candidate ?? [], 'parse')?.width ?? 0) / 1180).toBeCloseTo(4.5 / 11.1, 1);
    expect((of(both ?? [], 'parse')?.width ?? 0) / 1180).toBeCloseTo(3.75 / 10.55, 1);
  });

  it('labels every frame that has room with its signed change, ancestors with that of all below', () => {
    for (const choice of widthChoices) {
      const frames = framesOf(compared, choice);
      for (const { label, change, width, title } of frames) {
        if (change !== '') expect(change).toMatch(/^ [+−]\d+\.\d %$/);
        if (change !== '' && width > 70) expect(label.endsWith(change.trim()), title).toBe(true);
      }
      // 10 → 11.1 of 10, and all of it below serve: + 1.5 − 0.4 − 1 + 1.
      expect(Number(/\+([\d.]+) %$/.exec(of(frames, 'main')?.label ?? '')?.[1])).toBeGreaterThan(9);
      expect(Number(/\+([\d.]+) %$/.exec(of(frames, 'serve')?.label ?? '')?.[1])).toBeGreaterThan(9);
    }
  });

  it('cuts a long name before its change', () => {
    const cut = framesOf(hostile, 'both').filter(({ label }) => label.includes('…'));
    expect(cut.length).toBeGreaterThan(0);
    for (const { label, change } of cut) expect(label.endsWith(`…${change}`)).toBe(true);
  });

  it('is well-formed with hostile names, which stay text', () => {
    for (const choice of widthChoices) {
      for (const icicle of [false, true]) {
        const frames = framesOf(hostile, choice, { icicle, minWidth: 0 });
        const titles = frames.map(({ title }) => title).join('\n');
        expect(titles).toContain('<script>alert(1)</script> (');
        expect(titles).toContain('\\u202eexe.gnp');
        const text = [...renderComparisonSvg(flameOf(hostile), choice, picture)].join('');
        expect(elementsOf(parseXml(text), 'script')).toHaveLength(1);
        expect(elementsOf(parseXml(text), 'img')).toHaveLength(0);
      }
    }
  });
});

describe('the page of a comparison without its script', () => {
  const page = (comparison: Comparison) => {
    const html = renderComparison(comparison);
    // What a reader without JavaScript sees: no script, no style, no tags.
    const still = html.replace(/<(script|style)\b[^>]*>[\s\S]*?<\/\1>/g, '');
    return { html, still, text: still.replace(/<[^>]*>/g, ' ').replaceAll('&gt;', '>') };
  };

  it('reads: the verdict, metrics, functions, how it was measured', () => {
    const { text, still } = page(compared);
    expect(text).toContain(compared.verdict.headline);
    for (const name of ['parse', 'hash', 'match', 'index', 'CPU cost per request'])
      expect(text, name).toContain(name);
    expect(still).toMatch(/<table[\s\S]*parse[\s\S]*<\/table>/);
    for (const run of ['a-0', 'b-4']) expect(text).toContain(run);
    expect(still).toMatch(/<div class="flame-static"/);
  });

  it('draws what is gone and what is new, with costs of both sides', () => {
    const { still } = page(compared);
    const frame = (name: string) =>
      new RegExp(
        `<div class="frame change-(\\w+)" style="[^"]*width:([\\d.]+)%[^"]*" title="${name}: ([^"]*)"`,
      ).exec(still);
    expect(frame('match')?.[1]).toBe('less');
    expect(Number(frame('match')?.[2])).toBeGreaterThan(2);
    expect(frame('match')?.[3]).toMatch(/ to .*gone/);
    expect(frame('index')?.[1]).toBe('more');
    expect(frame('index')?.[3]).toMatch(/ to .*new/);
    expect(frame('parse')?.[3]).toMatch(/ to .*\+[45]\d/);
    expect(frame('write')?.[1]).toBe('noise');
  });

  it('takes no name for markup', () => {
    const { html, still } = page(hostile);
    expect(html.match(/<script\b/g)).toHaveLength(2);
    expect(html).not.toMatch(/<img\b|\sonerror\s*=\s*[^&]*>|\u202e|\u001b/);
    // Tags alone are left: none has an attribute of a name's making.
    for (const [tag] of still.matchAll(/<[a-z][^>]*>/g))
      expect(tag.replace(/"[^"]*"/g, '""')).not.toMatch(/\son\w+=/);
    expect(still).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });
});
