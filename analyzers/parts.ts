import type { Need } from './analyzer.ts';
import { threadTimes } from './derived/cpu-time/threads.ts';
import { stalledTimes } from './derived/memory/pressure.ts';
import { topology } from './derived/sched/topology.ts';
import { settingsRead } from './derived/settings.ts';
import { moves } from './pinning/moves.ts';

/** Part of what an analyzer answers, for which one more source is needed. It is listed only where the analyzer itself could run. */
export interface Part {
  /** Id of the analyzer. */
  readonly of: string;
  readonly question: string;
  readonly need: Need;
}

const copyTasks = 'scripts/snapshot.sh -p "$(pidof -s db)" snapshots';

/** What analyzers leave out where a source is missing, in the order of the analyzers. */
export const parts: readonly Part[] = [
  {
    of: 'cgroup/cpu-quota',
    question: 'How long, by the clock on the wall, did tasks of the group wait for a CPU?',
    need: {
      missing: 'cpu.pressure of the group (throttled time is summed over CPUs; PSI may need psi=1 at boot)',
      captureWith: 'scripts/snapshot.sh -g system.slice/db.service snapshots',
      met: (_, context) =>
        context.derive(stalledTimes).some(({ resource, cgroup }) => resource === 'cpu' && cgroup !== ''),
    },
  },
  {
    of: 'cpu-time/threads',
    question: 'How long did threads wait for a CPU?',
    need: {
      missing: '/proc/PID/task/TID/schedstat (a kernel with CONFIG_SCHED_INFO)',
      captureWith: copyTasks,
      met: (_, context) => context.derive(threadTimes).some(({ waited }) => !Number.isNaN(waited)),
    },
  },
  {
    of: 'sched/cpu',
    question: 'Do moves between CPUs leave the core, the socket or the node?',
    need: {
      missing: 'topology of the CPUs',
      captureWith:
        'perf script -I --header > sched.txt   # or: grep -sH . /sys/devices/system/cpu/cpu*/topology/*_list /sys/devices/system/cpu/cpu*/cache/index*/shared_cpu_list > settings.txt',
      met: (_, context) => context.derive(topology).known,
    },
  },
  {
    of: 'pinning/migrations',
    question: 'How long did the program wait for a CPU?',
    need: {
      missing: 'run-queue waits: two copies of /proc/PID/schedstat, before and after',
      captureWith: copyTasks,
      met: (_, context) => context.derive(moves).wait !== undefined,
    },
  },
  {
    of: 'pinning/migrations',
    question: 'Which CPUs may the program use?',
    need: {
      missing: 'affinity: Cpus_allowed_list of /proc/PID/status',
      captureWith: 'cat /proc/$(pidof -s db)/status > proc@$(pidof -s db)@status',
      met: (_, context) =>
        [...context.derive(settingsRead).keys()].some((path) =>
          /^\/proc\/\d+\/(?:task\/\d+\/)?status$/.test(path),
        ),
    },
  },
  {
    of: 'memory/cgroup',
    question: 'How long did reclaim hold up the tasks of the group?',
    need: {
      missing: 'memory.pressure of the group (version 2 of control groups; PSI may need psi=1 at boot)',
      captureWith: 'scripts/snapshot.sh -g system.slice/db.service snapshots',
      met: (_, context) =>
        context.derive(stalledTimes).some(({ resource, cgroup }) => resource === 'memory' && cgroup !== ''),
    },
  },
];
