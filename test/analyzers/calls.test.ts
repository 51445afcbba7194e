import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { analyse } from '../../analyzers/analyse.ts';
import { functionRows } from '../../analyzers/calls/function-calls.ts';
import { Context } from '../../analyzers/context.ts';
import { graphCalls } from '../../analyzers/derived/calls/graph-calls.ts';
import type { Report } from '../../model/report.ts';
import { ftrace } from '../../workers/importers/ftrace.ts';
import { functionGraph } from '../../workers/importers/function-graph.ts';
import { importCut } from '../support/import.ts';
import { repo } from '../support/paths.ts';

function rowsOf(text: string): Record<string, [calls: number, total: number, self: number]> {
  const context = new Context(importCut(functionGraph, Buffer.from(`# tracer: function_graph\n${text}`)));
  return Object.fromEntries(
    context
      .derive(functionRows)
      .map(({ name, calls, total, self }) => [name, [calls, Math.round(total), Math.round(self)]]),
  );
}

const metricOf = (report: Report, id: string, labels: Record<string, string> = {}): number =>
  report.metrics.find(
    (metric) =>
      metric.id === id && Object.entries(labels).every(([key, value]) => metric.labels[key] === value),
  )?.value ?? Number.NaN;

describe('function_graph', () => {
  it('self is total without what was called; recursion counts once', () => {
    expect(
      rowsOf(
        ` 0)               |  a() {
 0)   1.000 us    |    b();
 0)               |    a() {
 0)   2.500 us    |      b();
 0)   4.000 us    |    }
 0) + 10.000 us   |  }
`,
      ),
    ).toEqual({ a: [2, 10_000, 6500], b: [2, 3500, 3500] });
  });

  it('keeps CPUs apart, and tasks that change on one', () => {
    const rows = rowsOf(
      ` 0)               |  a() {
 1)               |  c() {
 0)   1.000 us    |    b();
 ------------------------------------------
 0)    foo-42     =>   <idle>-0
 ------------------------------------------
 0)   9.000 us    |  d();
 1)   5.000 us    |  }
 ------------------------------------------
 0)   <idle>-0    =>    foo-42
 ------------------------------------------
 0)   4.000 us    |  }
`,
    );
    // `a` began before its task was named: its exit in the named task finds no entry.
    expect(rows.c).toEqual([1, 5000, 5000]);
    expect(rows.d).toEqual([1, 9000, 9000]);
    expect(rows.b).toEqual([1, 1000, 1000]);
  });

  it('puts calls together from exits alone, as tracing_thresh prints them', () => {
    expect(
      rowsOf(
        ` 0) + 50.000 us   |      } /* c */
 0) + 60.000 us   |    } /* b */
 0) + 20.000 us   |    } /* d */
 0) ! 100.000 us  |  } /* a */
`,
      ),
    ).toEqual({
      c: [1, 50_000, 50_000],
      b: [1, 60_000, 10_000],
      d: [1, 20_000, 20_000],
      a: [1, 100_000, 20_000],
    });
  });

  it('survives lost entries and exits: depth decides', () => {
    const context = new Context(
      importCut(
        functionGraph,
        Buffer.from(`# tracer: function_graph
 0)   3.000 us    |      lost_entry_child();
 0)   5.000 us    |    }
 0)               |  a() {
 0)               |    never_returns() {
 0)   1.000 us    |    b();
 0)   7.000 us    |  }
CPU:0 [LOST 12 EVENTS]
 0)               |  open_at_end() {
`),
      ),
    );
    const { unreturned, unmatched } = context.derive(graphCalls);
    expect([unreturned, unmatched]).toEqual([2, 1]);
    const rows = Object.fromEntries(context.derive(functionRows).map(({ name, total }) => [name, total]));
    expect(rows).toMatchObject({ a: 7000, b: 1000, lost_entry_child: 3000 });
    expect(context.trace.imports[0]?.lost).toBe(12);
  });

  it('reads what trace-cmd prints of it', () => {
    const trace = importCut(
      ftrace,
      Buffer.from(`              ls-135   [001]    14.349282: funcgraph_entry:                   |  do_sys_openat2() {
              ls-135   [001]    14.349298: funcgraph_entry:        3.605 us   |    kmem_cache_alloc();
              ls-135   [001]    14.349311: funcgraph_exit:       + 13.591 us  |  }
              ls-135   [001]    14.349312: function:             vfs_open <-- path_openat
`),
    );
    const rows = Object.fromEntries(
      new Context(trace).derive(functionRows).map((row) => [row.name, [row.calls, row.total]]),
    );
    expect(rows).toEqual({ do_sys_openat2: [1, 13_591], kmem_cache_alloc: [1, 3605], vfs_open: [1, 0] });
  });

  it.each(['default', 'abstime', 'proc', 'tail', 'no-irqs', 'latency-format', 'all', 'events'])(
    'conserves time in %s: self adds up to the outermost calls',
    (name) => {
      const trace = importCut(
        functionGraph,
        gunzipSync(readFileSync(repo(`datasets/real/function-graph/${name}.txt.gz`))),
      );
      const { calls } = new Context(trace).derive(graphCalls);
      let [outermost, self] = [0, 0];
      for (let id = 0; id < calls.length; id++) {
        const total = calls.columns.total[id] as number;
        if (Number.isNaN(total)) continue;
        if (calls.columns.parent[id] === 0) outermost += total;
        self += calls.columns.self[id] as number;
      }
      // Durations are printed to a thousandth of a microsecond; callees may add up to that much more.
      expect(self / outermost).toBeCloseTo(1, 3);
    },
  );
});

describe('are buffered writes slow because they must free pages first?', () => {
  const real = (name: string): Report =>
    analyse(
      importCut(functionGraph, gunzipSync(readFileSync(repo(`datasets/real/function-graph/${name}.txt.gz`)))),
      '0',
    );

  it('not where memory is plentiful', () => {
    const report = real('write-free');
    expect(metricOf(report, 'calls.write.count')).toBe(40);
    expect(metricOf(report, 'calls.write.affected', { cost: 'freeing pages' })).toBe(0);
    expect(report.findings.find(({ id }) => id === 'calls/write-path/reclaim')).toMatchObject({
      severity: 'ok',
    });
  });

  it('some do in a full cgroup, and that is told with its size', () => {
    const report = real('write-reclaim');
    expect(metricOf(report, 'calls.write.count')).toBe(40);
    expect(metricOf(report, 'calls.write.affected', { cost: 'freeing pages' })).toBe(0.1);
    expect(metricOf(report, 'calls.write.p50', { frees: 'yes' })).toBeGreaterThan(
      metricOf(report, 'calls.write.p50', { frees: 'no' }) * 1.5,
    );
    expect(metricOf(report, 'calls.write.share', { cost: 'freeing pages' })).toBeCloseTo(0.074, 2);
  });

  it('yes, when most of their time goes there', () => {
    const write = (reclaim: number): string => ` 0)               |  vfs_write() {
 0)               |    generic_perform_write() {
 0)               |      pagecache_get_page() {
 0)               |        try_to_free_pages() {
 0) ! ${reclaim}.000 us  |          shrink_node();
 0) ! ${reclaim}.000 us  |        }
 0) ! ${reclaim + 5}.000 us  |      }
 0) ! ${reclaim + 20}.000 us  |    }
 0) ! ${reclaim + 25}.000 us  |  }
`;
    const text = `# tracer: function_graph\n${[100, 200, 300, 400, 500, 600].map(write).join('')}`;
    const report = analyse(importCut(functionGraph, Buffer.from(text)), '0');
    // 2100 of 2250 µs; reclaim inside reclaim counts once.
    expect(metricOf(report, 'calls.write.cost', { cost: 'freeing pages' })).toBe(2_100_000);
    expect(report.findings.find(({ id }) => id === 'calls/write-path/reclaim')).toMatchObject({
      severity: 'warning',
    });
    expect(report.verdict.headline).toContain('Buffered writes are slow because they must free pages first');
  });
});
