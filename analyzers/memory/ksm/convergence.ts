import { formatCount, formatShare } from '../../../model/units.ts';
import type { KsmState } from '../../derived/memory/ksm-state.ts';

/** A page must be found unchanged in two passes before it is merged; the third shows that all were (heuristic). */
export const FEWEST_SCANS = 3;
/** pages_sharing that grew by more in one pass has not settled (heuristic). */
const STILL_GROWING = 0.05;

/** What keeps a verdict back; undefined when passes were done and nothing grows any more. */
export function convergence({ fullScans, growth, sharing }: KsmState): string | undefined {
  if (Number.isNaN(sharing)) return 'pages_sharing was not copied';
  if (Number.isNaN(fullScans)) return 'full_scans was not copied: whether a pass was finished is not known';
  if (fullScans < FEWEST_SCANS)
    return `not converged: ${formatCount(fullScans)} full ${fullScans === 1 ? 'scan' : 'scans'}, at least ${FEWEST_SCANS} are needed`;
  if (growth > STILL_GROWING)
    return `not converged: pages_sharing grew by ${formatShare(growth)} within the last pass`;
  return undefined;
}
