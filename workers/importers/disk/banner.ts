import type { TraceBuilder } from '../../../model/trace-builder.ts';

/** First line of every sysstat report (common.c, print_gal_header). */
const banner =
  /^Linux (\d\S*) \(([^\t]*?)\)\s+(\d[\d./年月日-]*\d日?|\d{4}년 \d{1,2}월 \d{1,2}일)(?:\s+_([^\s_]\S*)_)?(?:\s+\((\d+) CPUs?\))?\s*$/;

export interface Banner {
  readonly release: string;
  readonly host: string;
  readonly date: string;
  readonly arch?: string;
  readonly cpus?: string;
}

export function readBanner(line: string): Banner | undefined {
  if (!line.startsWith('Linux ')) return undefined;
  const found = banner.exec(line);
  if (found === null) return undefined;
  const [, release = '', host = '', date = '', arch, cpus] = found;
  return {
    release,
    host,
    date,
    ...(arch === undefined ? {} : { arch }),
    ...(cpus === undefined ? {} : { cpus }),
  };
}

/** Files what the banner tells of the host, under the names perf's header uses. */
export function fileBanner(out: TraceBuilder, { release, host, arch, cpus }: Banner): void {
  out.fact('hostname', host);
  out.fact('os release', release);
  if (arch !== undefined) out.fact('arch', arch);
  if (cpus !== undefined) out.fact('nrcpus online', cpus);
}
