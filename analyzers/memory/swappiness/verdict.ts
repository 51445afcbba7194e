import type { Action, Finding, KnobVerdict } from '../../../model/finding.ts';
import { formatValue } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import { type Refaults, type Swap, swapOf } from '../../derived/memory/refaults.ts';
import { kernelRelease } from '../../derived/settings.ts';
import { isSince, parseRelease } from '../../io/simulator/apply/kernel-release.ts';
import { countedFinding } from '../finding.ts';
import { changeSwappiness, protectGroup } from './actions.ts';

export const SWAPPINESS_SECTION = 'memory/swappiness/table';
/** Heuristics: refaults a second worth a change, how lopsided they must be, and how far to go at once. */
const FEW = 100;
const LOPSIDED = 4;
const STEP = 20;

interface Judgement {
  readonly claim: string;
  readonly state: KnobVerdict['state'];
  readonly why: string;
  /** +1: swap more, −1: swap less. */
  readonly towards: -1 | 0 | 1;
}

/** Is the balance between swapping and dropping page cache right? Told by which pages come back, never by a rule of thumb. */
export function swappinessVerdict(context: Context, refaults: Refaults): Finding {
  const { cgroup, anon, file, knob, swappedOut } = refaults;
  const swap = context.derive(swapOf);
  const judgement = judge(refaults, swap);
  const most = highest(context);
  const actions = judgement.towards === 0 ? [] : actionsFor(context, refaults, judgement.towards, most);
  const now = knob?.value ?? Number.NaN;
  return countedFinding(
    `memory/swappiness/${cgroup || 'host'}`,
    judgement.towards === 0 && judgement.state !== 'inconclusive' ? 'ok' : 'note',
    judgement.claim,
    {
      section: SWAPPINESS_SECTION,
      formula: `Δworkingset_refault_anon / Δt = ${formatValue(anon.value, '1/s')}, Δworkingset_refault_file / Δt = ${formatValue(file.value, '1/s')}${Number.isNaN(now) ? '' : `; swappiness ${now} of ${most}`}`,
      n: anon.n,
    },
    {
      share: judgement.towards === 0 ? 0 : Math.max(anon.value, file.value) / (anon.value + file.value),
      actions,
      caveats: caveats(refaults, swap, most),
      verdict: {
        knob: cgroup === '' ? 'vm.swappiness' : 'memory.swappiness',
        state: judgement.state,
        mechanism: `came back: ${formatValue(anon.value, '1/s')} swapped pages, ${formatValue(file.value, '1/s')} of page cache${swappedOut > 0 ? `; ${formatValue(swappedOut, 'count')} pages swapped out` : ''}`,
        why: judgement.why,
      },
    },
  );
}

function judge({ cgroup, anon, file, knob }: Refaults, swap: Swap): Judgement {
  const of = cgroup === '' ? '' : ` of ${cgroup}`;
  const set = knob === undefined || Number.isNaN(knob.value) ? '' : ` (swappiness ${knob.value})`;
  const rates = `${formatValue(anon.value, '1/s')} anon, ${formatValue(file.value, '1/s')} file`;
  if (swap.total === 0)
    return {
      claim: `There is no swap: swappiness has no effect${of}${set}`,
      state: 'no difference',
      why: 'SwapTotal is 0: only page cache can be reclaimed',
      towards: 0,
    };
  if (anon.value + file.value < FEW)
    return {
      claim: `Few pages${of} came back after reclaim (${rates}): no reason to change swappiness${set}`,
      state: 'no difference',
      why: `fewer than ${FEW} pages a second came back`,
      towards: 0,
    };
  if (file.value >= LOPSIDED * anon.value)
    return {
      claim: `Page cache${of} came back far more often than swapped pages (${rates}): a higher swappiness spares it${set}`,
      state: 'inconclusive',
      why: 'the direction follows from what came back, the effect only from measuring again',
      towards: 1,
    };
  if (anon.value >= LOPSIDED * file.value)
    return {
      claim: `Swapped pages${of} came back far more often than page cache (${rates}): a lower swappiness spares them${set}`,
      state: 'inconclusive',
      why: 'the direction follows from what came back, the effect only from measuring again',
      towards: -1,
    };
  return {
    claim: `Swapped pages and page cache${of} both came back (${rates}): memory is short, and swappiness only shifts who waits${set}`,
    state: 'no difference',
    why: 'both sorts are in use: more memory, or less to do at once, is what helps',
    towards: 0,
  };
}

/** 200 since 5.8 (mm: allow swappiness that prefers reclaiming anon), 100 before; undecided, the smaller. */
function highest(context: Context): 100 | 200 {
  const release = parseRelease(kernelRelease(context) ?? '');
  return release !== undefined && isSince(release, '5.8') ? 200 : 100;
}

function actionsFor(context: Context, { cgroup, knob }: Refaults, towards: -1 | 1, most: number): Action[] {
  if (knob === undefined) return [protectGroup(context, cgroup)];
  if (Number.isNaN(knob.value)) return [changeSwappiness(cgroup, knob.path, undefined, towards)];
  // 1 is the least that still says "swap rather than kill".
  const value = Math.min(most, Math.max(1, knob.value + towards * STEP));
  return value === knob.value || (towards < 0 && knob.value <= 1)
    ? []
    : [changeSwappiness(cgroup, knob.path, { value, was: knob.value }, towards)];
}

function caveats({ cgroup, knob, swappedOut }: Refaults, swap: Swap, most: number): string[] {
  const zero = knob?.value === 0;
  return [
    `${FEW} pages a second, ${LOPSIDED} times as often, steps of ${STEP}: heuristics`,
    `the range is 0 to ${most} here (200 since 5.8); 100 says that both cost the same to read again${most === 200 ? ': 200 × r ÷ (1 + r) where page cache costs r times as much as swap' : ''}`,
    ...(swap.inMemory
      ? [
          'swap is zram: what comes back from it is unpacked, not read from a device, so that values above 100 can be right',
        ]
      : []),
    ...(zero
      ? [
          cgroup === ''
            ? `0 does not mean never: with very little page cache left in a zone the kernel swaps all the same${swappedOut > 0 ? ', as it did here' : ''}; to forbid it take swap away, or set memory.swap.max=0 for the group`
            : 'in a group 0 forbids swapping when the group reclaims at its own limit; when the host is short it may be swapped all the same',
        ]
      : []),
    ...(cgroup !== '' && knob === undefined
      ? [
          'groups of version 2 have no swappiness of their own: that of the host is in force (memory.reclaim takes one for reclaim by hand)',
        ]
      : []),
  ];
}
