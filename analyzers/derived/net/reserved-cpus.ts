import type { Context } from '../../context.ts';
import { cpusInList } from '../cpu-list.ts';
import { settingsRead } from '../settings.ts';

/**
 * CPUs kept for somebody, and why: isolated ones (`isolcpus=`, /sys/devices/system/cpu/isolated), and those vCPU
 * threads of libvirt's guests are pinned to (fewer than half of all CPUs: an unpinned vCPU may run anywhere).
 */
export function reservedCpus(context: Context): ReadonlyMap<string, string> {
  const read = context.derive(settingsRead);
  const found = new Map<string, string>();
  const add = (text: string | undefined, why: string): void => {
    if (text === undefined || !/^\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*$/.test(text.trim())) return;
    for (const cpu of cpusInList(text) ?? []) found.set(String(cpu), why);
  };
  const online = read.get('/sys/devices/system/cpu/online');
  const many = online === undefined ? Number.NaN : (cpusInList(online)?.length ?? Number.NaN);
  for (const [path, text] of read) {
    if (!/\/vcpu\d+\/cpuset\.cpus(?:\.effective)?$/.test(path)) continue;
    const pinned = cpusInList(text)?.length ?? 0;
    if (pinned > 0 && pinned * 2 <= (Number.isNaN(many) ? 2 : many)) add(text, 'a pinned vCPU');
  }
  add(read.get('/sys/devices/system/cpu/isolated'), 'isolated');
  const booted = /(?:^|\s)isolcpus=(?:[a-z_]+,)*([\d,-]+)/.exec(read.get('/proc/cmdline') ?? '')?.[1];
  add(booted, 'isolated');
  return found;
}
