import { taskRate } from '../../model/printed-series.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { isUsage, processUsages } from '../derived/cpu-time/process-usage.ts';
import { pidstatTables, processesSinceBoot, processRates } from '../derived/cpu-time/task-rates.ts';
import { busiestProcess, busiestThread, sinceBootOnly, unseenTime, writesMost } from './process-findings.ts';
import { processTable } from './process-table.ts';

/** Which processes keep the host busy: from copies of /proc/PID/stat, or from pidstat. */
export const busyProcesses = defineAnalyzer({
  id: 'cpu-time/processes',
  question: 'Which processes use the CPUs, memory and disks?',
  needs: [
    {
      missing: 'two copies of /proc/PID/stat, or readings of pidstat',
      captureWith: 'LC_ALL=C pidstat -h -H -t -u -r -d -w 1 60 > pidstat.txt',
      met: (_, context) =>
        context.derive(processUsages).some(isUsage) ||
        context.derive(processRates).length > 0 ||
        context.derive(processesSinceBoot) > 0,
    },
  ],
  metrics: [
    {
      id: 'process.cpu.most',
      unit: 'share',
      labels: ['pid', 'name'],
      about: 'Largest share of one CPU in a reading of pidstat; process.cpu.usage is the mean.',
    },
    {
      id: 'process.memory.resident',
      unit: 'bytes',
      labels: ['pid', 'name'],
      about: 'Largest resident memory in the readings of pidstat; pages shared with others are in each.',
    },
    {
      id: 'process.faults.major',
      unit: '1/s',
      labels: ['pid', 'name'],
      about:
        'Page faults a second that had to read from a device (pidstat majflt/s), mean over all readings.',
    },
    {
      id: 'process.io.read',
      unit: 'bytes/s',
      labels: ['pid', 'name'],
      about: 'Bytes a second read from devices (pidstat kB_rd/s), those of children that ended included.',
    },
    {
      id: 'process.io.written',
      unit: 'bytes/s',
      labels: ['pid', 'name'],
      about:
        'Bytes a second made dirty for devices (pidstat kB_wr/s), those of children that ended included; pages thrown away before are not taken off.',
    },
  ],
  run(context) {
    return {
      metrics: context.derive(processRates).flatMap(({ name, comm, mean, most }) =>
        (
          [
            ['process.cpu.most', 'share', most.get(taskRate.cpu)],
            ['process.memory.resident', 'bytes', most.get(taskRate.resident)],
            ['process.faults.major', '1/s', mean.get(taskRate.majorFaults)],
            ['process.io.read', 'bytes/s', mean.get(taskRate.read)],
            ['process.io.written', 'bytes/s', mean.get(taskRate.written)],
          ] as const
        ).flatMap(([id, unit, value]) =>
          value === undefined || value === 0
            ? []
            : [
                {
                  id,
                  labels: { pid: name, name: comm },
                  value,
                  unit,
                  better: 'neither' as const,
                  n: readings(context),
                },
              ],
        ),
      ),
      findings: [
        ...busiestProcess(context),
        ...busiestThread(context),
        ...writesMost(context),
        ...unseenTime(context),
        ...sinceBootOnly(context),
      ],
      sections: processTable(context),
    };
  },
});

/** Readings of pidstat the rates are means of. */
function readings(context: Context): number {
  return Math.max(1, ...[...context.derive(pidstatTables).values()].map(({ n }) => n));
}
