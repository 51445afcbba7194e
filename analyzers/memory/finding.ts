import type { Action, Finding, KnobVerdict, Severity } from '../../model/finding.ts';

/** A finding about counts of the kernel: its share is known for certain. */
export function countedFinding(
  id: string,
  severity: Severity,
  claim: string,
  shown: { readonly section: string; readonly formula: string; readonly n: number },
  rest: {
    readonly share?: number;
    readonly actions?: readonly Action[];
    readonly caveats?: readonly string[];
    readonly verdict?: KnobVerdict;
  } = {},
): Finding {
  const share = Math.max(0, Math.min(1, rest.share ?? 0));
  return {
    id,
    severity,
    claim,
    share,
    confidence: { n: shown.n, low: share, high: share, why: 'counts of the kernel', bounds: true },
    evidence: [{ label: 'counts', section: shown.section, selection: {}, formula: shown.formula }],
    actions: rest.actions ?? [],
    caveats: rest.caveats ?? [],
    ...(rest.verdict === undefined ? {} : { verdict: rest.verdict }),
  };
}
