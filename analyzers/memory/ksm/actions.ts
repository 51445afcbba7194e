import type { Action } from '../../../model/finding.ts';
import type { Context } from '../../context.ts';
import { type KsmState, ksmSetting } from '../../derived/memory/ksm-state.ts';
import { kernelRelease, settingsRead } from '../../derived/settings.ts';
import { isSince, parseRelease } from '../../io/simulator/apply/kernel-release.ts';

const FOLDER = '/sys/kernel/mm/ksm/';
/** A pass every ten seconds shows three of them within half a minute (heuristic). */
const PASS_SECONDS = 10;
/** What ksmtuned goes up to, and the advisor's default limit. */
const MOST_PAGES = 30_000;

/** A file of the directory set to a number, with the way back. */
function setFile(context: Context, text: string, file: string, value: string, undo?: string): Action {
  const path = FOLDER + file;
  const was = ksmSetting(context, file);
  const back = undo ?? (was === undefined ? undefined : String(was));
  return {
    text,
    run: `echo ${value} > ${path}`,
    ...(back === undefined ? {} : { undo: `echo ${back} > ${path}` }),
    verify: `grep . ${FOLDER}full_scans ${FOLDER}pages_sharing ${path}`,
    persist: `echo 'w ${path} - - - - ${value}' > /etc/tmpfiles.d/ksm-${file}.conf`,
    risk: 'low',
    setting: { path, value, ...(was === undefined ? {} : { was: String(was) }) },
  };
}

/** Stops ksmd; what is merged is given its own pages again, which needs that much memory. */
export function stopMerging(context: Context, { sharing }: KsmState): Action {
  return sharing > 0
    ? setFile(context, 'Stop KSM and unmerge; the merged pages need their memory again', 'run', '2')
    : setFile(context, 'Stop KSM: nothing is merged', 'run', '0');
}

export function startMerging(context: Context): Action {
  return setFile(
    context,
    'Run KSM for three passes and measure again, if processes ask for merging (madvise MADV_MERGEABLE, PR_SET_MEMORY_MERGE)',
    'run',
    '1',
  );
}

/** Waiting costs nothing; scanning faster costs CPU time. */
export function waitForPasses(context: Context, state: KsmState): readonly Action[] {
  const seconds = Math.ceil(3 * state.passSeconds);
  const wait: Action = {
    text: Number.isFinite(seconds)
      ? `Capture again after three passes, about ${seconds} s at this rate`
      : 'Capture again when full_scans has grown by three',
    run: `until [ $(cat ${FOLDER}full_scans) -ge 3 ]; do sleep 5; done; grep . ${FOLDER}*`,
    risk: 'none',
  };
  const pages = ksmSetting(context, 'pages_to_scan');
  const sleep = ksmSetting(context, 'sleep_millisecs');
  if (pages === undefined || sleep === undefined || !(state.candidates > 0)) return [wait];
  const wanted = Math.min(
    MOST_PAGES,
    Math.ceil((state.candidates / PASS_SECONDS) * (Math.max(1, sleep) / 1e3)),
  );
  if (!(wanted > pages)) return [wait];
  return [
    wait,
    setFile(
      context,
      `Or scan faster for the trial, a pass in about ${PASS_SECONDS} s: it costs CPU time`,
      'pages_to_scan',
      String(wanted),
    ),
  ];
}

/** The advisor where the kernel has it, else fewer pages a wake-up. */
export function scanLess(context: Context): readonly Action[] {
  const advisor = context.derive(settingsRead).get(`${FOLDER}advisor_mode`);
  const release = parseRelease(kernelRelease(context) ?? '');
  if (advisor !== undefined || (release !== undefined && isSince(release, '6.8'))) {
    const was = advisor !== undefined && /\[scan-time\]/.test(advisor) ? 'scan-time' : 'none';
    if (was === 'none')
      return [
        {
          text: 'Let the advisor choose how much to scan: a pass in 200 s, at most 70 % of a CPU by default',
          run: `echo scan-time > ${FOLDER}advisor_mode`,
          undo: `echo none > ${FOLDER}advisor_mode`,
          verify: `grep . ${FOLDER}advisor_mode ${FOLDER}pages_to_scan`,
          persist: `echo 'w ${FOLDER}advisor_mode - - - - scan-time' > /etc/tmpfiles.d/ksm-advisor.conf`,
          risk: 'low',
          setting: { path: `${FOLDER}advisor_mode`, value: 'scan-time', was },
        },
      ];
  }
  const pages = ksmSetting(context, 'pages_to_scan');
  if (pages === undefined || pages < 2) return [];
  return [setFile(context, 'Scan half as many pages a wake-up', 'pages_to_scan', String(pages >> 1))];
}

/** merge_across_nodes can be changed only while nothing is merged. */
export function mergeWithinNodes(): Action {
  return {
    text: 'Merge within nodes only, if remote access costs more than the memory saved: needs everything unmerged first',
    run: `echo 2 > ${FOLDER}run && echo 0 > ${FOLDER}merge_across_nodes && echo 1 > ${FOLDER}run`,
    undo: `echo 2 > ${FOLDER}run && echo 1 > ${FOLDER}merge_across_nodes && echo 1 > ${FOLDER}run`,
    verify: `grep . ${FOLDER}merge_across_nodes ${FOLDER}pages_sharing`,
    persist: `printf 'w ${FOLDER}merge_across_nodes - - - - 0\\nw ${FOLDER}run - - - - 1\\n' > /etc/tmpfiles.d/ksm-nodes.conf`,
    risk: 'low',
    setting: { path: `${FOLDER}merge_across_nodes`, value: '0', was: '1' },
  };
}
