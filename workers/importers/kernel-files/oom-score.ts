import { memorySeries } from '../../../model/memory-series.ts';
import type { KernelFile } from './kernel-file.ts';

/** How near a process is to being killed when memory runs out, proc_pid_oom_score(5), and how that was adjusted. */
export const oomScore: KernelFile = {
  id: '/proc/PID/oom_score, oom_score_adj',
  path: /^\/proc\/\d+\/oom_score(?:_adj)?$/,
  read(text, out) {
    const name = /^\/proc\/(\d+)\//.exec(out.path)?.[1];
    if (name === undefined || !/^-?\d+\n?$/.test(text)) {
      out.skip();
      return;
    }
    const series = out.path.endsWith('_adj') ? memorySeries.oomScoreAdjust : memorySeries.oomScore;
    out.gauge(series, 'count', Number(text), { kind: 'process', name });
  },
};
