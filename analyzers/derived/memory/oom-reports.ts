import { OOM_LINE } from '../../../model/memory-series.ts';
import { decodeString } from '../../../model/strings.ts';
import type { Context } from '../../context.ts';

/** A row of the task table: memory in pages. */
export interface OomTask {
  readonly pid: number;
  readonly comm: string;
  readonly rss: number;
  readonly swap: number;
  /** Pages of page tables; NaN where the table does not say. */
  readonly pageTables: number;
  readonly adjust: number;
}

/** What the OOM killer wrote when it killed once. */
export interface OomReport {
  readonly invokedBy: string;
  /** 2^order contiguous pages were wanted; NaN where the head of the report is lost. */
  readonly order: number;
  /** `NONE`, `CPUSET`, `MEMORY_POLICY`, `MEMCG`; empty where nothing tells. */
  readonly constraint: string;
  /** Group whose limit was reached; empty when the whole machine was out of memory. */
  readonly cgroup: string;
  /** Group of the task that was killed, which need not be the one whose limit was reached; empty where nothing tells. */
  readonly victimCgroup: string;
  readonly version: 1 | 2 | undefined;
  /** Bytes; NaN = not told. */
  readonly usage: number;
  readonly limit: number;
  readonly failcnt: number;
  /** Bytes by key, of the group, as printed: keys differ with the version. */
  readonly stats: ReadonlyMap<string, number>;
  readonly tasks: readonly OomTask[];
  readonly killed: readonly { readonly pid: number; readonly comm: string }[];
  /** The whole group was killed, memory.oom.group. */
  readonly group: boolean;
  readonly pageSize: number;
  /** Pages of RAM the kernel manages, and of swap; NaN = not told (reports of groups do not). */
  readonly ramPages: number;
  readonly swapPages: number;
  /** Free blocks by zone, from the buddy lists: KiB of a block → blocks. */
  readonly free: ReadonlyMap<number, number>;
}

const KIB = 1024;
const PAGE = 4096;
const NO_LIMIT = 2 ** 62;

type Draft = { -readonly [Key in keyof OomReport]: OomReport[Key] } & {
  readonly tasks: OomTask[];
  readonly killed: { pid: number; comm: string }[];
  readonly stats: Map<string, number>;
  readonly free: Map<number, number>;
};

/** Reports in the kernel's log, one for each decision to kill, from the lines in the order of the log. */
export function oomReports({ trace }: Context): readonly OomReport[] {
  const { marks } = trace.tables;
  const { event, text, source } = marks.columns;
  const builders = new Map<number, ReportBuilder>();
  for (let row = 0; row < marks.length; row++) {
    const name = trace.tables.events.columns.name[event[row] as number] ?? 0;
    if (decodeString(trace.strings, name) !== OOM_LINE) continue;
    const own = source[row] as number;
    let builder = builders.get(own);
    if (builder === undefined) {
      builder = new ReportBuilder();
      builders.set(own, builder);
    }
    builder.line(decodeString(trace.strings, text[row] as number));
  }
  return [...builders.values()].flatMap(({ reports }) => reports.filter(({ killed }) => killed.length > 0));
}

class ReportBuilder {
  readonly reports: Draft[] = [];
  #open: Draft | undefined;
  #columns: readonly string[] = [];

  line(text: string): void {
    const begins = /^(.*) invoked oom-killer: gfp_mask=.*?order=(-?\d+)/.exec(text);
    if (begins !== null) {
      this.#begin();
      this.#report.invokedBy = begins[1] as string;
      this.#report.order = Number(begins[2]);
      return;
    }
    const killed = /Kill(ed)? process (\d+)(?: \((.*?)\)|, UID \d+, \((.*?)\)|\s\((.*?)\))/.exec(text);
    if (killed !== null) {
      this.#kill(killed[1] !== undefined, Number(killed[2]), killed[3] ?? killed[4] ?? '', text);
      return;
    }
    if (/^Tasks in .* memory\.oom\.group set/.test(text)) {
      const last = this.reports.at(-1);
      if (last !== undefined) last.group = true;
      return;
    }
    if (text.startsWith('oom_reaper')) return;
    this.#detail(text);
  }

  #begin(): void {
    this.#open = emptyReport();
    this.#columns = [];
    this.reports.push(this.#open);
  }

  get #report(): Draft {
    if (this.#open === undefined) this.#begin();
    return this.#open as Draft;
  }

  #kill(done: boolean, pid: number, comm: string, text: string): void {
    // What follows a finished report is of the same decision: the rest of a group.
    const report = this.#open ?? (this.reports.at(-1)?.group === true ? this.reports.at(-1) : this.#report);
    if (report === undefined) return;
    if (text.startsWith('Memory cgroup') && report.constraint === '') report.constraint = 'MEMCG';
    if (text.startsWith('Out of memory') && report.constraint === '') report.constraint = 'NONE';
    // Before 4.19: `Kill process 12 (x) score 9 or sacrifice child` comes first, the one killed after it.
    if (!done) return;
    report.killed.push({ pid, comm });
    const pages = report.tasks.find((task) => task.pid === pid);
    const size = Number(/total-vm:(\d+)kB/.exec(text)?.[1]) * KIB;
    const counted = pages === undefined ? Number.NaN : (this.#virtual.get(pid) ?? Number.NaN);
    if (counted > 0 && size > 0) report.pageSize = Math.round(size / counted);
    this.#open = undefined;
  }

  readonly #virtual = new Map<number, number>();

  #detail(text: string): void {
    const report = this.#report;
    const header = /^\[ *pid *\] +(uid .*)$/.exec(text);
    if (header !== null) {
      this.#columns = (header[1] as string).trim().split(/\s+/);
      return;
    }
    const row = /^\[ *(\d+)\] +(.*)$/.exec(text);
    if (row !== null) {
      this.#task(Number(row[1]), row[2] as string);
      return;
    }
    const usage = /^memory: usage (\d+)kB, limit (\d+)kB, failcnt (\d+)/.exec(text);
    if (usage !== null) {
      report.usage = Number(usage[1]) * KIB;
      const limit = Number(usage[2]) * KIB;
      report.limit = limit < NO_LIMIT ? limit : Number.POSITIVE_INFINITY;
      report.failcnt = Number(usage[3]);
      report.constraint ||= 'MEMCG';
      return;
    }
    if (/^memory\+swap: /.test(text)) report.version = 1;
    else if (/^swap: usage/.test(text)) report.version = 2;
    const group =
      /^Memory cgroup stats for (\S+?):/.exec(text)?.[1] ?? /as a result of limit of (\S+)$/.exec(text)?.[1];
    if (group !== undefined) report.cgroup = group;
    const stat = /^([a-z_]+) (\d+)$/.exec(text);
    if (stat !== null) report.stats.set(stat[1] as string, Number(stat[2]));
    const decision = /^oom-kill:constraint=CONSTRAINT_(\w+)/.exec(text);
    if (decision !== null) {
      report.constraint = decision[1] as string;
      const of = /,oom_memcg=([^,]*)/.exec(text)?.[1];
      if (of !== undefined) report.cgroup = of;
      report.victimCgroup = /,task_memcg=([^,]*)/.exec(text)?.[1] ?? '';
    }
    const pages = /^(\d+) pages (RAM|reserved)$/.exec(text);
    if (pages?.[2] === 'RAM') report.ramPages = Number(pages[1]);
    else if (pages !== null) report.ramPages -= Number(pages[1]);
    const swap = /^Total swap += (\d+)kB$/.exec(text);
    if (swap !== null) report.swapPages = (Number(swap[1]) * KIB) / PAGE;
    if (/^Node \d+ \w+: /.test(text))
      for (const [, count, kib] of text.matchAll(/(\d+)\*(\d+)kB/g))
        report.free.set(Number(kib), (report.free.get(Number(kib)) ?? 0) + Number(count));
  }

  #task(pid: number, rest: string): void {
    const cells = rest.trim().split(/\s+/);
    const number = (name: string): number => {
      const at = this.#columns.indexOf(name);
      return at < 0 ? Number.NaN : Number(cells[at]);
    };
    const name = this.#columns.indexOf('name');
    if (name < 0 || cells.length <= name) return;
    const tables = number('pgtables_bytes') / PAGE;
    const entries = number('nr_ptes') + (this.#columns.includes('nr_pmds') ? number('nr_pmds') : 0);
    this.#virtual.set(pid, number('total_vm'));
    this.#report.tasks.push({
      pid,
      comm: cells.slice(name).join(' '),
      rss: number('rss'),
      swap: number('swapents') || 0,
      pageTables: Number.isNaN(tables) ? entries : tables,
      adjust: number('oom_score_adj') || 0,
    });
  }
}

function emptyReport(): Draft {
  return {
    invokedBy: '',
    order: Number.NaN,
    constraint: '',
    cgroup: '',
    victimCgroup: '',
    version: undefined,
    usage: Number.NaN,
    limit: Number.NaN,
    failcnt: Number.NaN,
    stats: new Map(),
    tasks: [],
    killed: [],
    group: false,
    pageSize: PAGE,
    ramPages: Number.NaN,
    swapPages: Number.NaN,
    free: new Map(),
  };
}
