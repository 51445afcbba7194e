import { changeText, functionName, intervalText } from '../../model/change-text.ts';
import type { Comparison } from '../../model/comparison.ts';
import { visibleText } from '../../model/visible-text.ts';
import { sourceOf } from './source.ts';

/**
 * Regressions whose source line is known as SARIF 2.1.0 (OASIS). Those without a line have no place
 * in the format: they are counted in a notification instead of being put somewhere. `root`: folder of the repository, to which the places are relative.
 */
export function renderSarif(comparison: Comparison, root?: string): string {
  const { pairs, generator, gate, work } = comparison;
  const regressed = pairs.flatMap(({ functions }) =>
    functions.filter(({ state, level }) => state === 'regressed' && level !== 'off'),
  );
  const results = regressed.flatMap((row) => {
    const place = row.source === undefined ? undefined : sourceOf(row.source, root);
    if (place === undefined) return [];
    return [
      {
        ruleId: 'function-regressed',
        ruleIndex: 0,
        level: row.level === 'error' && !gate.indicative ? 'error' : 'warning',
        message: {
          text: visibleText(
            `${functionName(row)} costs ${changeText(row.relative)} ${work.text} (${intervalText(row)})${row.path.length > 1 ? `, called from ${row.path.at(-1)}` : ''}.`,
          ),
        },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: uriOf(place.file) },
              region: { startLine: place.line },
            },
            logicalLocations: [{ name: visibleText(row.function), kind: 'function' }],
          },
        ],
        partialFingerprints: { 'vtuneFunction/v1': visibleText(`${row.module}!${row.function}`) },
        properties: {
          before: row.before,
          after: row.after,
          relative: row.relative,
          low: row.low,
          high: row.high,
          q: row.adjusted,
        },
      },
    ];
  });
  const placeless = regressed.length - results.length;
  const log = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'vtune',
            version: generator.version,
            rules: [
              {
                id: 'function-regressed',
                shortDescription: { text: 'A function costs more than in the baseline' },
                defaultConfiguration: { level: 'error' },
              },
            ],
          },
        },
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications:
              placeless === 0
                ? []
                : [
                    {
                      level: 'note',
                      message: {
                        text: `${placeless === 1 ? '1 regressed function has' : `${placeless} regressed functions have`} no source line of this repository in the captures and ${placeless === 1 ? 'is' : 'are'} not listed; record them with perf script -F +srcline`,
                      },
                    },
                  ],
          },
        ],
        results,
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

/** A relative reference (RFC 3986, 4.2): no character of a name can begin a scheme, a query or a fragment. */
function uriOf(file: string): string {
  return visibleText(file).split('/').map(encodeURIComponent).join('/');
}
