import type { Finding } from '../../model/finding.ts';
import { activeValue } from '../../model/knobs.ts';
import type { Context } from '../context.ts';
import { settingsRead } from './settings.ts';

/** What kernel_lockdown(7) forbids: `integrity` files of debugfs that can be written, `confidentiality` more. Undefined = not captured. */
export function lockdown(context: Context): 'none' | 'integrity' | 'confidentiality' | undefined {
  const value = activeValue(context.derive(settingsRead).get('/sys/kernel/security/lockdown') ?? '');
  return value === 'none' || value === 'integrity' || value === 'confidentiality' ? value : undefined;
}

/** Findings whose advice writes to debugfs say so where the kernel is locked down. */
export function withLockdown(context: Context, findings: readonly Finding[]): readonly Finding[] {
  const state = context.derive(lockdown);
  if (state === undefined || state === 'none') return findings;
  return findings.map((finding) =>
    finding.actions.some(({ run, persist }) => /\/sys\/kernel\/debug\b/.test(`${run} ${persist}`))
      ? {
          ...finding,
          caveats: [
            ...finding.caveats,
            `this kernel is locked down (${state}): files of debugfs that can be written cannot be opened, with Secure Boot until it is off`,
          ],
        }
      : finding,
  );
}
