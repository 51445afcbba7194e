import { frameKindId } from '../../../model/tables.ts';
import type { TraceBuilder } from '../../../model/trace-builder.ts';
import { isHexDigit, latin1, skipBlanks } from '../../bytes.ts';

/** Innermost frames that belong to the tracer, not to what it traced. */
const tracerFrame =
  /^(?:trace_event_(?:raw_event_|buffer_|trigger)|__traceiter_|__bpf_trace_|perf_trace_|perf_tp_event|event_triggers?_|trace_buffer_unlock|__?ftrace_trace_|ftrace_(?:stacktrace|call|regs_call|ops_)|function_stack_trace_call|stack_trace_call|stacktrace_trigger|__trace_stack|trace_call_bpf)/;

/**
 * Gathers the ` => function` lines below a `<stack trace>` line into a stack. Kernel frames are
 * names with perhaps `+0x12/0x34` and an address behind; user frames are ` => /lib/libc.so[+0x1d2]`
 * or ` => <00007f…>`.
 */
export class StackLines {
  readonly #out: TraceBuilder;
  readonly #isTracer: (boolean | undefined)[] = [];
  #frames: number[] = [];
  #isUser = false;

  constructor(out: TraceBuilder) {
    this.#out = out;
  }

  begin(isUser: boolean): void {
    this.#isUser = isUser;
    this.#frames = [];
  }

  /** Whether bytes[start, end) is a line of a stack: `=> ` behind blanks. */
  static isLine(bytes: Uint8Array, start: number, end: number): boolean {
    const at = skipBlanks(bytes, start, end);
    return bytes[at] === 61 && bytes[at + 1] === 62 && at + 2 < end;
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    const from = skipBlanks(bytes, skipBlanks(bytes, start, end) + 2, end);
    const frame = this.#isUser ? this.#userFrame(bytes, from, end) : this.#kernelFrame(bytes, from, end);
    if (frame !== 0) this.#frames.push(frame);
  }

  /** The stack of the lines added since `begin`; frames came innermost first. */
  finish(): number {
    let stack = 0;
    for (let i = this.#frames.length - 1; i >= 0; i--) {
      stack = this.#out.stacks.push(stack, this.#frames[i] as number);
    }
    return stack;
  }

  #kernelFrame(bytes: Uint8Array, from: number, end: number): number {
    let to = from;
    while (to < end && bytes[to] !== 43 && bytes[to] !== 32) to++;
    if (to === from) return 0;
    const { strings, frames } = this.#out;
    const name = strings.intern(bytes, from, to);
    if (this.#frames.length === 0) {
      this.#isTracer[name] ??= tracerFrame.test(latin1(bytes, from, to));
      if (this.#isTracer[name]) return 0;
    }
    const address = allHex(bytes, from, to);
    return frames.intern({ name: address ? 0 : name, kind: frameKindId.kernel });
  }

  /** `/usr/lib/libc.so.6[+0x1d2]`, `<00007f1bdef1f740>`: the module is known, the function is not. */
  #userFrame(bytes: Uint8Array, from: number, end: number): number {
    const { strings, frames } = this.#out;
    const bracket = bytes.indexOf(91, from);
    const to = bracket > from && bracket < end ? bracket : end;
    const module = bytes[from] === 60 || bytes[from] === 63 ? 0 : strings.intern(bytes, from, to);
    return frames.intern({ module, kind: frameKindId.unknown });
  }
}

function allHex(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from < 8) return false;
  for (let at = from; at < to; at++) if (!isHexDigit(bytes[at]) && bytes[at] !== 120) return false;
  return true;
}
