import { Problem } from '../../model/problem.ts';
import { frameKindId, NO_CPU, NO_ID } from '../../model/tables.ts';
import type { TraceBuilder } from '../../model/trace-builder.ts';
import { utf8 } from '../bytes.ts';
import type { Importer, Source } from './importer.ts';

/** The parts of V8's profile (Chrome DevTools protocol, Profiler.Profile) that are read. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  /** Microseconds. */
  readonly startTime: number;
  readonly endTime: number;
  readonly samples?: readonly number[];
  /** Microseconds between a sample and the one before. */
  readonly timeDeltas?: readonly number[];
}

/** One JSON document has no place to be cut at, and has to fit in one string. */
const LARGEST = 400 << 20;

/** CPU profiles of V8: node --cpu-prof, Chrome DevTools. Every sample weighs the time until the next. */
export const cpuprofile: Importer = {
  id: 'cpuprofile',
  title: 'V8 CPU profiles (.cpuprofile): node --cpu-prof, Chrome DevTools',
  captureWith: 'node --cpu-prof server.js',
  sniff(head) {
    const text = utf8(head, 0, Math.min(head.length, 4096));
    return /^\s*\{/.test(text) && text.includes('"callFrame"') && text.includes('"nodes"') ? 'yes' : 'no';
  },
  open: (out, source) => (bytes) => read(parse(bytes, source), out),
};

function parse(bytes: Uint8Array, { name: file }: Source): CpuProfile {
  if (bytes.length > LARGEST) {
    throw new Problem({
      code: 'too-large',
      message: 'is larger than 400 MiB',
      file,
      hint: 'profile for a shorter time',
    });
  }
  try {
    const profile = JSON.parse(utf8(bytes, 0, bytes.length)) as Partial<CpuProfile> | null;
    if (Array.isArray(profile?.nodes) && Array.isArray(profile.samples)) return profile as CpuProfile;
  } catch (error) {
    const offset = Number(/position (\d+)/.exec(String(error))?.[1] ?? 0);
    throw new Problem(
      { code: 'broken', message: 'is not whole JSON', file, offset, hint: 'profile again' },
      { cause: error },
    );
  }
  throw new Problem({
    code: 'broken',
    message: 'has no nodes or no samples',
    file,
    offset: 0,
    hint: 'profile again',
  });
}

function read(profile: CpuProfile, out: TraceBuilder): void {
  const stacks = stacksOf(profile, out);
  const { samples = [], timeDeltas = [], startTime, endTime } = profile;
  const thread = out.threads.intern({
    pid: NO_ID,
    tid: NO_ID,
    comm: out.strings.internText('javascript'),
    start: startTime * 1e3,
    end: endTime * 1e3,
  });
  const event = out.events.intern({ name: out.strings.internText('v8-cpu-profile') });
  let at = startTime;
  samples.forEach((id, i) => {
    at += timeDeltas[i] ?? 0;
    const next = i + 1 < samples.length ? at + (timeDeltas[i + 1] ?? 0) : endTime;
    const stack = stacks.get(id);
    if (stack === undefined) out.skip(0);
    else if (stack === 'idle') out.counts.ignored++;
    else out.sample(at * 1e3, thread, NO_CPU, stack, event, Math.max(0, next - at) * 1e3);
  });
}

/** Stack of each node; `idle` for the node that stands for waiting. */
function stacksOf({ nodes }: CpuProfile, out: TraceBuilder): Map<number, number | 'idle'> {
  const byId = new Map(nodes.map((node) => [node.id, node] as const));
  const stacks = new Map<number, number | 'idle'>();
  const root = nodes[0];
  const waiting = root === undefined ? [] : [{ id: root.id, parent: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const node = byId.get(next.id);
    if (node === undefined || stacks.has(next.id)) continue;
    const { functionName, url, lineNumber } = node.callFrame;
    const isRoot = node === root;
    const stack = isRoot ? 0 : out.stacks.push(next.parent, frameOf(functionName, url, lineNumber, out));
    stacks.set(node.id, functionName === '(idle)' ? 'idle' : stack);
    for (const id of node.children ?? []) waiting.push({ id, parent: stack });
  }
  return stacks;
}

function frameOf(name: string, url: string, line: number, out: TraceBuilder): number {
  const shown = name === '' ? `(anonymous) :${line + 1}` : name;
  return out.frames.intern({
    name: out.strings.internText(shown),
    module: out.strings.internText(url),
    kind: url === '' ? frameKindId.user : frameKindId.jit,
  });
}
