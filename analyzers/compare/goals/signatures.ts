import type { Finding } from '../../../model/finding.ts';
import type { Metric } from '../../../model/metric.ts';
import { formatShare, formatValue } from '../../../model/units.ts';
import type { RunGroup } from '../conclusions.ts';

/** What each signature means in a comparison. To add one: a line. */
const texts: Readonly<Record<string, (metric: Metric) => string>> = {
  'io.signature.ageing': ({ value }) =>
    `mq-deadline’s ageing steps: ${formatShare(value)} of the requests of lower classes waited for prio_aging_expire`,
  'io.signature.weight_raising': ({ value, labels }) =>
    `bfq’s weight-raising: ${labels.who} changes by ${value > 0 ? '+' : ''}${formatValue(value, '1/s')} when it ends, so that a figure over the whole run is of two regimes`,
  'io.signature.behind_writes': ({ value, labels }) =>
    `deep writes starve readers: ${formatShare(value)} of what the device did while ${labels.who} waited were writes`,
  'io.signature.idling': ({ value }) =>
    `the scheduler idles: the device stood still for ${formatShare(value)} of the time with requests`,
};

/** Signatures of schedulers found in the runs, a card for each group and signature: the clearest of its kind. */
export function signatureFindings(groups: readonly RunGroup[]): Finding[] {
  return groups.flatMap(({ name, runs }) =>
    Object.entries(texts).flatMap(([id, text]): Finding[] => {
      const found = runs.map(({ metrics }) => metrics.filter((metric) => metric.id === id));
      const [largest] = found.flat().sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
      if (largest === undefined) return [];
      const having = found.filter(({ length }) => length > 0).length;
      return [
        {
          id: `compare/signature/${id.replace(/^io\.signature\./, '')}/${name}`,
          severity: 'note',
          claim: `With ${name}, ${text(largest)}`,
          share: largest.unit === 'share' ? largest.value : 0,
          confidence: {
            n: largest.n,
            low: largest.low ?? 0,
            high: largest.high ?? 1,
            why: `seen in ${having} of ${runs.length} run${runs.length === 1 ? '' : 's'}`,
          },
          evidence: [{ label: 'measures', section: 'compare/io/measures', selection: {} }],
          actions: [{ text: 'See the run by itself', run: 'vtune analyze RUN', risk: 'none' }],
          caveats: [],
        },
      ];
    }),
  );
}
