import type { Action } from '../../model/finding.ts';
import { formatValue } from '../../model/units.ts';
import type { Context } from '../context.ts';
import type { LimitUse } from '../derived/cgroup/io-limits.ts';
import { kernelRelease, settingsRead } from '../derived/settings.ts';
import { shellWord } from '../derived/shell-text.ts';
import { isSince, parseRelease } from '../io/simulator/apply/kernel-release.ts';

const version2Keys = {
  'read bytes': 'rbps',
  'write bytes': 'wbps',
  'read requests': 'riops',
  'write requests': 'wiops',
} as const;
const systemdKeys = {
  'read bytes': 'IOReadBandwidthMax',
  'write bytes': 'IOWriteBandwidthMax',
  'read requests': 'IOReadIOPSMax',
  'write requests': 'IOWriteIOPSMax',
} as const;

/** `blkio.throttle.write_bps_device`, `io.max`. */
export function limitFile({ version, direction, quantity }: LimitUse): string {
  return version === 2
    ? 'io.max'
    : `blkio.throttle.${direction}_${quantity === 'bytes' ? 'bps' : 'iops'}_device`;
}

/** Doubling a limit that binds: what it would be worth is seen by measuring again. */
export function raiseLimit(context: Context, use: LimitUse): Action {
  const sort = `${use.direction} ${use.quantity}` as const;
  const path = limitPath(context, use);
  const file = path === undefined ? undefined : shellWord(path);
  const line = (value: number): string =>
    use.version === 2 ? `${use.device} ${version2Keys[sort]}=${value}` : `${use.device} ${value}`;
  const text = `Raise the limit if ${use.cgroup} is to be faster, and measure again: the limit works, what it is worth to others only a comparison shows`;
  if (file === undefined || path === undefined) return { text, risk: 'low' };
  const unit = /\/([\w@.:-]+\.(?:service|slice|scope))$/.exec(use.cgroup)?.[1];
  return {
    text,
    run: `echo '${line(use.limit * 2)}' > ${file}`,
    undo: `echo '${line(use.limit)}' > ${file}`,
    verify: `cat ${file}`,
    ...(unit === undefined
      ? {}
      : {
          persist: `systemctl set-property ${unit} '${systemdKeys[sort]}=/dev/block/${use.device} ${use.limit * 2}'`,
        }),
    risk: 'low',
    setting: { path, value: line(use.limit * 2), was: line(use.limit) },
  };
}

/** What makes a limit hold for writes that go through the page cache. */
export function coverBufferedWrites(context: Context, use: LimitUse): readonly Action[] {
  const said = kernelRelease(context);
  const release = said === undefined ? undefined : parseRelease(said);
  const captured = (name: string): string | undefined => {
    const text = context.derive(settingsRead).get(`/proc/sys/vm/${name}`);
    return text !== undefined && /^\d+$/.test(text) ? text : undefined;
  };
  const wasNumber = captured('dirty_bytes');
  const ratio = captured('dirty_ratio') ?? "20   # the kernel's default; the value before was not captured";
  // A second of the limit, and never so little that every writer is held up.
  const bytes = Math.max(16 << 20, 2 ** Math.round(Math.log2(use.limit)));
  return [
    ...(release !== undefined && !isSince(release, '4.5')
      ? []
      : [
          {
            text: 'Use version 2 of cgroups, whose io.max is charged with the write-back of who dirtied the pages (ext4, btrfs, xfs, f2fs; needs the memory and the io controller on)',
            run: 'grubby --update-kernel=ALL --args=systemd.unified_cgroup_hierarchy=1',
            undo: 'grubby --update-kernel=ALL --remove-args=systemd.unified_cgroup_hierarchy=1',
            verify: 'stat -fc %T /sys/fs/cgroup   # cgroup2fs',
            risk: 'reboot',
          } as const,
        ]),
    {
      text: `Or keep what all writers of the host may leave dirty small, here ${formatValue(bytes, 'bytes')}: it holds up every buffered writer, not this group alone`,
      run: `sysctl -w vm.dirty_bytes=${bytes}`,
      undo:
        wasNumber === undefined || wasNumber === '0'
          ? `sysctl -w vm.dirty_ratio=${ratio}`
          : `sysctl -w vm.dirty_bytes=${wasNumber}`,
      verify: 'grep -E "^(Dirty|Writeback):" /proc/meminfo',
      persist: `echo vm.dirty_bytes=${bytes} > /etc/sysctl.d/90-dirty-bytes.conf`,
      risk: 'low',
      setting: {
        path: '/proc/sys/vm/dirty_bytes',
        value: String(bytes),
        ...(wasNumber === undefined ? {} : { was: wasNumber }),
      },
    },
  ];
}

/** Where the file is in the live system; the mount point is not the same everywhere, so only a copied one is named. */
function limitPath(context: Context, use: LimitUse): string | undefined {
  const end = `${use.cgroup === '/' ? '' : use.cgroup}/${limitFile(use)}`;
  return [...context.derive(settingsRead).keys()].find(
    (path) => path.startsWith('/sys/fs/cgroup') && path.endsWith(end),
  );
}
