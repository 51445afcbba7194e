import type { Trace } from '../../model/trace.ts';

export async function resolveInlined(trace: Trace): Promise<Trace> {
  return trace;
}
