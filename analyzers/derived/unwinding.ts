import { decodeString } from '../../model/strings.ts';
import { moduleName } from '../../model/symbol-name.ts';
import { frameKindId } from '../../model/tables.ts';
import type { Context } from '../context.ts';
import { wilsonInterval } from '../stats/wilson.ts';
import { functions } from './functions.ts';
import { estimateStackShare, profile, type Share } from './profile.ts';

/** Functions a thread begins in: a stack that ends in one of them is whole. glibc, musl, Go, Java, Rust, kernel threads. */
const startFunction =
  /^(?:_?start|main|__libc_start_\w+|_?_?clone3?|__clone\S*|start_thread|thread_start|__?libc_start_main\S*|__GI___clone\S*|runtime\.(?:goexit|mstart|main|rt0_go|mcall|morestack|systemstack|gcBgMarkWorker)\S*|ret_from_fork\S*|kthread|secondary_startup\S*|x86_64_start_\w+|start_kernel|rest_init|_dl_start\S*|_dl_runtime_resolve\S*|std::sys::\S*thread_start|(?:java_|thread_native_)?(?:start|entry)|start_secondary|cpu_startup_entry|__restore_rt|\[ld-\S*\]|execve|vfork|_?_?fork)$/;
const EXPECTED_LIMIT = 127;

export interface StackQuality {
  /** Innermost frame without a symbol, of busy weight. */
  readonly unknown: Share;
  /** Modules with frames without a symbol, by the weight of stacks that hold one. */
  readonly modules: readonly {
    readonly module: string;
    readonly path: string;
    readonly share: Share;
    /** Share of busy weight with such a frame innermost. */
    readonly leafShare: number;
  }[];
  /** Process seen most with such frames of a module. */
  readonly pids: ReadonlyMap<string, number>;
  /** Of samples with user frames: those whose outermost frame is no start function. */
  readonly broken: Share;
  readonly userStacks: number;
  /** Of busy samples: those without a stack. */
  readonly missing: Share;
  /** Of busy samples: those exactly as deep as the deepest, if that is a recorder's limit. */
  readonly cut: Share;
  readonly depth: number;
}

export function stackQuality(context: Context): StackQuality {
  const { stacks, frames, samples } = context.trace.tables;
  const { rows } = context.derive(profile);
  const { frame, depth } = stacks.columns;
  const stackOf = samples.columns.stack;
  const nameless = namelessFrames(context);
  const roots = rootRows(context);
  const whole = context.derive(functions);
  // Only perf unwinds native stacks; profiles of a runtime and folded stacks begin where they begin.
  const unwound = context.trace.imports.some(({ importer }) => importer === 'perf-script');
  const userStack = unwound ? userStacks(context) : new Uint8Array(stacks.length);
  const isBroken = (row: number): boolean => {
    const root = roots[stackOf[row] as number] as number;
    const fn = whole.rows[whole.ofFrame[frame[root] as number] as number];
    return fn === undefined || !startFunction.test(fn.name);
  };
  let [users, broken, missing, cut, deepest] = [0, 0, 0, 0, 0];
  for (const row of rows) deepest = Math.max(deepest, depth[stackOf[row] as number] as number);
  for (const row of rows) {
    const stack = stackOf[row] as number;
    if (stack === 0) missing++;
    if (deepest >= EXPECTED_LIMIT && depth[stack] === deepest) cut++;
    if (userStack[stack] === 0) continue;
    users++;
    if (isBroken(row)) broken++;
  }
  // A single deepest stack is no limit; a crowd at exactly one depth is.
  if (cut < 3) cut = 0;
  return {
    unknown: estimateStackShare(context, namelessLeaves(context, nameless)),
    ...unknownModules(context, nameless),
    broken: proportion(broken, users),
    userStacks: users,
    missing: proportion(missing, rows.length),
    cut: proportion(cut, rows.length),
    depth: deepest,
  };

  function namelessFrames({ trace }: Context): Uint8Array {
    return Uint8Array.from({ length: trace.tables.frames.length }, (_, row) =>
      row > 0 && frames.columns.name[row] === 0 ? 1 : 0,
    );
  }
}

/** 1 for stacks whose innermost frame has no symbol, and for the empty stack. */
function namelessLeaves(context: Context, nameless: Uint8Array): Uint8Array {
  const { stacks } = context.trace.tables;
  return Uint8Array.from({ length: stacks.length }, (_, row) =>
    row === 0 ? 1 : (nameless[stacks.columns.frame[row] as number] as number),
  );
}

/** Outermost frame's row of each stack. */
function rootRows(context: Context): Uint32Array {
  const { length, columns } = context.trace.tables.stacks;
  const roots = new Uint32Array(length);
  for (let row = 1; row < length; row++) {
    const up = columns.parent[row] as number;
    roots[row] = up === 0 ? row : (roots[up] as number);
  }
  return roots;
}

/**
 * 1 for stacks that can be judged: the outermost frame is user code (kernel-only stacks have no
 * callers to miss) and not one without a symbol in a known module, which may be a stripped _start.
 */
function userStacks(context: Context): Uint8Array {
  const { stacks, frames } = context.trace.tables;
  const { kind, name, module } = frames.columns;
  const roots = rootRows(context);
  return Uint8Array.from({ length: stacks.length }, (_, row) => {
    if (row === 0) return 0;
    const frame = stacks.columns.frame[roots[row] as number] as number;
    if (kind[frame] === frameKindId.kernel) return 0;
    return name[frame] === 0 && module[frame] !== 0 ? 0 : 1;
  });
}

function unknownModules(context: Context, nameless: Uint8Array): Pick<StackQuality, 'modules' | 'pids'> {
  const { stacks, frames, samples, threads } = context.trace.tables;
  const { strings } = context.trace;
  const { rows, weight } = context.derive(profile);
  const { stack: stackOf, weight: weights, thread } = samples.columns;
  const sums = new Map<number, { weight: number; leaf: number; n: number; pids: Map<number, number> }>();
  const { parent, frame } = stacks.columns;
  for (const row of rows) {
    const leaf = stackOf[row] as number;
    const seen = new Set<number>();
    for (let at = leaf; at !== 0; at = parent[at] as number) {
      const id = frame[at] as number;
      if (nameless[id] === 0) continue;
      const module = frames.columns.module[id] as number;
      let sum = sums.get(module);
      if (sum === undefined) {
        sum = { weight: 0, leaf: 0, n: 0, pids: new Map() };
        sums.set(module, sum);
      }
      if (at === leaf) sum.leaf += weights[row] as number;
      if (seen.has(module)) continue;
      seen.add(module);
      sum.weight += weights[row] as number;
      sum.n++;
      const pid = threads.columns.pid[thread[row] as number] as number;
      sum.pids.set(pid, (sum.pids.get(pid) ?? 0) + 1);
    }
  }
  const pids = new Map<string, number>();
  const modules = [...sums]
    .sort((a, b) => b[1].leaf - a[1].leaf || b[1].weight - a[1].weight || a[0] - b[0])
    .map(([id, sum]) => {
      const path = decodeString(strings, id);
      const module = moduleName(path);
      const [pid] = [...sum.pids].sort((a, b) => b[1] - a[1])[0] ?? [-1];
      if (pid >= 0) pids.set(module, pid);
      const share = sum.weight / weight;
      return {
        module,
        path,
        share: { weight: sum.weight, share, n: sum.n, ...wilsonInterval(share, rows.length) },
        leafShare: sum.leaf / weight,
      };
    });
  return { modules, pids };
}

function proportion(n: number, of: number): Share {
  const share = of > 0 ? n / of : 0;
  return { weight: n, share, n, ...wilsonInterval(share, of) };
}
