import cliProgress from 'cli-progress';
import { formatValue } from '../model/units.ts';

export interface Progress {
  update(done: number, total: number): void;
  stop(): void;
}

const silent: Progress = { update: () => undefined, stop: () => undefined };

/** A bar with bytes, rate and time left on a terminal; nothing elsewhere, or when asked to be quiet. */
export function startProgress(quiet: boolean): Progress {
  if (quiet || !process.stderr.isTTY) return silent;
  const started = performance.now();
  const bar = new cliProgress.SingleBar({
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    etaBuffer: 50,
    format: (_options, { progress, value, total, eta }: cliProgress.Params) => {
      const seconds = (performance.now() - started) / 1000;
      const rate = `${formatValue(value / Math.max(seconds, 0.001), 'bytes')}/s`;
      if (total <= 1) return `reading ${formatValue(value, 'bytes')}  ${rate}`;
      const filled = Math.round(Math.min(1, progress) * 24);
      const left = Number.isFinite(eta) ? `${Math.ceil(eta)} s left` : '';
      return `reading [${'█'.repeat(filled)}${'░'.repeat(24 - filled)}] ${formatValue(value, 'bytes')} of ${formatValue(total, 'bytes')}  ${rate}  ${left}`;
    },
  });
  bar.start(1, 0);
  return {
    update(done, total) {
      bar.setTotal(Math.max(total, 1));
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
}

/** A bar over things that take about as long each: runs read, histories searched. */
export function startCounting(quiet: boolean, what: string): Progress {
  if (quiet || !process.stderr.isTTY) return silent;
  const bar = new cliProgress.SingleBar({
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    format: `reading ${what} {bar} {value} of {total}  {eta_formatted} left`,
  });
  bar.start(1, 0);
  return {
    update(done, total) {
      bar.setTotal(Math.max(total, 1));
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
}
