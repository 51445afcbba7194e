import {
  IO_CGROUP_VERSION,
  type IoDirection,
  type IoQuantity,
  ioDirections,
  ioQuantities,
  limitCountSeries,
  limitSeries,
} from '../../../model/io-limit-series.ts';
import type { KernelFile, KernelFileWriter } from './kernel-file.ts';

const deviceNumber = /^\d+:\d+$/;
const throttleFile = /blkio\.throttle\.(read|write)_(bps|iops)_device$/;

/** `254:0 10485760`, one line a device; an empty file is no limit (Documentation/admin-guide/cgroup-v1/blkio-controller.rst). */
export const throttleLimits: KernelFile = {
  id: 'blkio.throttle.{read,write}_{bps,iops}_device',
  path: throttleFile,
  read(text, out) {
    const [, direction = '', unit = ''] = throttleFile.exec(out.path) ?? [];
    const quantity = unit === 'bps' ? 'bytes' : 'requests';
    keep(text, out);
    let limits = 0;
    for (const line of linesOf(text)) {
      const [device = '', value = '', ...rest] = line.split(/\s+/);
      if (!deviceNumber.test(device) || !/^\d+$/.test(value) || rest.length > 0) out.skip();
      else if (Number(value) > 0) {
        limits++;
        limit(out, direction as IoDirection, quantity, device, Number(value));
      }
    }
    out.gauge(limitCountSeries(direction as IoDirection, quantity), 'count', limits);
    out.gauge(IO_CGROUP_VERSION, 'count', 1);
  },
};

/** Keys of io.max, in the order in which the kernel prints them. */
const keys: Readonly<Record<string, readonly [IoDirection, IoQuantity]>> = {
  rbps: ['read', 'bytes'],
  wbps: ['write', 'bytes'],
  riops: ['read', 'requests'],
  wiops: ['write', 'requests'],
};

/** `254:0 rbps=max wbps=8388608 riops=max wiops=max` (Documentation/admin-guide/cgroup-v2.rst). */
export const ioMax: KernelFile = {
  id: 'io.max',
  path: /\/io\.max$/,
  read(text, out) {
    keep(text, out);
    const limits = new Map<string, number>();
    for (const line of linesOf(text)) {
      const [device = '', ...pairs] = line.split(/\s+/);
      if (!deviceNumber.test(device)) {
        out.skip();
        continue;
      }
      for (const pair of pairs) {
        const [key = '', value = ''] = pair.split('=');
        const of = keys[key];
        if (of === undefined || !/^(?:max|\d+)$/.test(value)) out.skip();
        else if (value !== 'max') {
          limits.set(of.join(), (limits.get(of.join()) ?? 0) + 1);
          limit(out, ...of, device, Number(value));
        }
      }
    }
    for (const direction of ioDirections) {
      for (const quantity of ioQuantities) {
        const many = limits.get([direction, quantity].join()) ?? 0;
        out.gauge(limitCountSeries(direction, quantity), 'count', many);
      }
    }
    out.gauge(IO_CGROUP_VERSION, 'count', 2);
  },
};

/** Weights and latency targets: settings of several lines, kept on one. */
export const ioWeights: KernelFile = {
  id: 'io.weight, io.latency, io.cost.*, blkio.*weight_device',
  path: /\/(?:io\.(?:weight|bfq\.weight|latency|prio\.class|cost\.(?:qos|model|weight))|blkio\.(?:bfq\.)?(?:leaf_)?weight(?:_device)?)$/,
  read: keep,
};

function limit(
  out: KernelFileWriter,
  direction: IoDirection,
  quantity: IoQuantity,
  device: string,
  value: number,
): void {
  out.gauge(limitSeries(direction, quantity, device), quantity === 'bytes' ? 'bytes/s' : '1/s', value);
}

/** The file as it stands, too: what a command goes back to. */
function keep(text: string, out: KernelFileWriter): void {
  out.setting(linesOf(text).join('; '));
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
