import { activeValue } from '../../../model/knobs.ts';
import { settingsRead } from '../../derived/settings.ts';
import type { ConflictRule } from './conflict.ts';

const RUN = '/sys/kernel/mm/ksm/run';
const THP = '/sys/kernel/mm/transparent_hugepage/enabled';

/** KSM merges pages of 4 KiB and splits huge ones for it; khugepaged makes huge ones again (mm/ksm.c, mm/khugepaged.c). */
export const ksmAndThp: ConflictRule = {
  about: 'KSM and transparent huge pages',
  knows: (context) => context.derive(settingsRead).has(RUN) && context.derive(settingsRead).has(THP),
  find(context) {
    const settings = context.derive(settingsRead);
    const run = settings.get(RUN)?.trim();
    const thp = activeValue(settings.get(THP) ?? '');
    if (run !== '1' || thp !== 'always') return [];
    return [
      {
        id: 'ksm-thp',
        severity: 'warning',
        claim: 'KSM and transparent huge pages are both on for all memory (ksm/run = 1, THP always)',
        formula: `${RUN} = ${run}, ${THP} = ${thp}`,
        why: 'read from the files themselves; how much is merged and split is told by the counters of both',
        actions: [
          {
            text: 'Let programs that want huge pages ask for them, and leave the rest to KSM',
            run: `echo madvise | sudo tee ${THP}`,
            undo: `echo ${thp} | sudo tee ${THP}`,
            verify:
              'grep -E "thp_split_page |thp_fault_alloc |cow_ksm " /proc/vmstat; cat /sys/kernel/mm/ksm/general_profit',
            persist: 'transparent_hugepage=madvise on the kernel command line',
            risk: 'low',
            setting: { path: THP, value: 'madvise', was: thp },
          },
        ],
        caveats: [
          'a guest whose memory is mostly unique loses little by KSM and gains by huge pages: compare both',
        ],
      },
    ];
  },
};
