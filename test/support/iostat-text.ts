/** One device in one interval; what is left out is 0. Waits in ms, sizes in KiB, util in percent. */
export interface DiskRow {
  readonly r?: number;
  readonly w?: number;
  readonly rKiB?: number;
  readonly wKiB?: number;
  readonly wMerged?: number;
  readonly rWait?: number;
  readonly wWait?: number;
  /** Default: what Little's law says. */
  readonly queue?: number;
  readonly util?: number;
}

export interface TextOptions {
  readonly kernel?: string;
  readonly decimals?: number;
  /** Seconds from each report to the one before; default 1. Absent times: `untimed`. */
  readonly seconds?: readonly number[];
  readonly untimed?: boolean;
  /** Devices of a report since boot before the others. */
  readonly sinceBoot?: readonly string[];
}

const header =
  'Device            r/s     rkB/s   rrqm/s  %rrqm r_await rareq-sz     w/s     wkB/s   wrqm/s  %wrqm w_await wareq-sz     d/s     dkB/s   drqm/s  %drqm d_await dareq-sz     f/s f_await  aqu-sz  %util';

/** What iostat -x -t of sysstat 12.6 prints for these intervals. */
export function iostatText(
  reports: readonly Readonly<Record<string, DiskRow>>[],
  { kernel = '6.1.0', decimals = 2, seconds = [], untimed = false, sinceBoot = [] }: TextOptions = {},
): Buffer {
  const number = (value: number): string => value.toFixed(decimals);
  const row = (device: string, disk: DiskRow): string => {
    const { r = 0, w = 0, rKiB = 0, wKiB = 0, wMerged = 0, rWait = 0, wWait = 0, util = 0 } = disk;
    const queue = disk.queue ?? (r * rWait + w * wWait) / 1000;
    const merges = wMerged + w > 0 ? (100 * wMerged) / (wMerged + w) : 0;
    const cells = [
      r,
      r * rKiB,
      0,
      0,
      rWait,
      rKiB,
      w,
      w * wKiB,
      wMerged,
      merges,
      wWait,
      wKiB,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      queue,
      util,
    ];
    return `${device} ${cells.map(number).join(' ')}`;
  };
  let time = Date.parse('2026-11-20T12:00:00Z');
  const stamp = (): string[] => (untimed ? [] : [`${new Date(time).toISOString().slice(0, 19)}+0000`]);
  const lines = [`Linux ${kernel} (db17) \t2026-11-20 \t_x86_64_\t(8 CPU)`, ''];
  if (sinceBoot.length > 0)
    lines.push(...stamp(), header, ...sinceBoot.map((device) => row(device, { r: 9, rWait: 9 })), '');
  else lines.push('');
  reports.forEach((report, i) => {
    time += (seconds[i] ?? 1) * 1000;
    lines.push(...stamp(), header, ...Object.entries(report).map(([device, disk]) => row(device, disk)), '');
  });
  return Buffer.from(`${lines.join('\n')}\n`);
}
