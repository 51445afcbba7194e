import type { Action, Finding, KnobVerdict, Severity } from '../../../model/finding.ts';

/** A finding shown by the counts of KSM; the id is what stands behind `memory/ksm/`. */
export function ksmFinding(
  id: string,
  severity: Severity,
  claim: string,
  formula: string,
  n: number,
  actions: readonly Action[],
  rest: { share?: number; caveats?: readonly string[]; verdict?: KnobVerdict; why?: string },
): Finding {
  const share = Math.max(0, Math.min(1, rest.share ?? 0));
  return {
    id: `memory/ksm/${id}`,
    severity,
    claim,
    share,
    confidence: {
      n,
      low: share,
      high: share,
      why: rest.why ?? 'counts of the kernel at the last copy',
      bounds: true,
    },
    evidence: [{ label: 'counts of KSM', section: 'memory/ksm/counts', selection: {}, formula }],
    actions,
    caveats: rest.caveats ?? [],
    ...(rest.verdict === undefined ? {} : { verdict: rest.verdict }),
  };
}
