import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeMarkup, visibleText } from '../../model/visible-text.ts';
import { nameHtml, scriptJson } from '../../viz/html/escape.ts';
import { renderReport } from '../../viz/html/report.ts';
import { renderTerminal } from '../../viz/html/terminal.ts';
import { flameFixture, reportFixture } from '../support/report-fixture.ts';

const nasty = fc.string({ unit: 'binary' });

describe('escaping', () => {
  it('leaves nothing that could begin an element, an attribute or an entity', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        expect(escapeMarkup(text).replace(/&(?:amp|lt|gt|quot|#39);/g, '')).not.toMatch(/[&<>"']/);
        expect(scriptJson(text)).not.toMatch(/[<>&\u2028\u2029]/);
        expect(JSON.parse(scriptJson(text))).toBe(text);
      }),
    );
  });

  it('spells characters that hide or turn text', () => {
    expect(visibleText('a\u202eb\u200bc\u0007')).toBe('a\\u202eb\\u200bc\\u0007');
  });

  it('cuts long names and keeps the whole within reach', () => {
    const html = nameHtml(`begin${'x'.repeat(5000)}end`);
    expect(html).toContain('title="begin');
    expect(html.replace(/title="[^"]*"/, '').length).toBeLessThan(220);
  });
});

describe('renderReport', () => {
  const section = flameFixture(300, 1000);

  it('is one page that may load nothing', () => {
    const html = renderReport(reportFixture(section));
    expect(html).toMatch(/default-src 'none'; script-src 'sha256-[A-Za-z0-9+/=]+'/);
    expect(html).not.toMatch(/\b(?:src|href)="(?!#)/);
  });

  it('writes the words of each severity beside its glyph', () => {
    const report = {
      ...reportFixture(section),
      verdict: { severity: 'critical' as const, headline: 'Bad.', lines: [] },
    };
    expect(renderReport(report)).toMatch(/aria-label="critical">✖<\/span> <bdi>Bad\.<\/bdi>/);
  });
});

describe('renderTerminal', () => {
  it('obeys no escape sequence from a trace', () => {
    const report = {
      ...reportFixture(flameFixture(10, 10)),
      verdict: { severity: 'note' as const, headline: 'a\u001b[31mred\u0007', lines: [] },
    };
    const text = renderTerminal(report, { colour: false, width: 80 });
    expect(text).toContain('a\\u001b[31mred\\u0007');
    expect(text).not.toContain('\u001b');
  });
});
