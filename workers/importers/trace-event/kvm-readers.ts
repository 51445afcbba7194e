import { vmTransitionId } from '../../../model/host-event-tables.ts';
import { numberAt } from './fields.ts';
import type { EventReader } from './readers.ts';
import type { TraceEvent, TraceEventSink } from './sink.ts';

const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));
const VCPU = bytesOf('vcpu ');
const REASON = bytesOf('reason ');
const RIP = bytesOf(' rip ');
const FAILED = bytesOf(' FAILED_VMENTRY');
/** What some kernels put before the names of reasons. */
export const reasonPrefixes = ['EXIT_REASON_', 'SVM_EXIT_', 'EXIT_'] as const;
const PREFIXES = reasonPrefixes.map(bytesOf);
const OPEN = 40;

/**
 * `vcpu 0 reason HLT rip 0x… info1 …`, `reason npf rip 0x… info 1 2` (before 5.10), both makers of CPUs. Reasons of
 * AMD may hold a blank (`PF excp`); the word that ends them is `rip` (arch/x86/kvm/trace.h).
 */
const readExit: EventReader = (sink, event) => {
  const { bytes, to } = event;
  const from = behind(bytes, event.from, to, REASON);
  if (from < 0) return false;
  const rip = find(bytes, from, to, RIP);
  let end = rip < 0 ? to : rip;
  const failed = find(bytes, from, end, FAILED);
  if (failed >= 0) end = failed;
  return file(sink, event, vmTransitionId.exit, from, end);
};

/** `vcpu 0, rip 0x… intr_info …`; older ones `vcpu 0`. */
const readEntry: EventReader = (sink, event) => file(sink, event, vmTransitionId.entry, 0, 0);

/** `reason KVM_EXIT_IO (2)`. */
const readUserspace: EventReader = (sink, event) => {
  const { bytes, to } = event;
  const from = behind(bytes, event.from, to, REASON);
  if (from < 0) return false;
  let end = from;
  while (end < to && bytes[end] !== OPEN) end++;
  while (end > from && bytes[end - 1] === 32) end--;
  return file(sink, event, vmTransitionId.userspace, from, end);
};

function file(sink: TraceEventSink, event: TraceEvent, kind: number, from: number, end: number): boolean {
  const { out } = sink;
  const { bytes } = event;
  const start = skipPrefix(bytes, from, end);
  if (kind !== vmTransitionId.entry && start >= end) return false;
  const vcpu = behind(bytes, event.from, event.to, VCPU);
  const number = vcpu < 0 ? Number.NaN : numberAt(bytes, vcpu, event.to);
  sink.vmMoved(kind, number, start >= end ? 0 : out.strings.intern(bytes, start, end));
  return true;
}

function skipPrefix(bytes: Uint8Array, from: number, end: number): number {
  for (const prefix of PREFIXES)
    if (find(bytes, from, Math.min(end, from + prefix.length), prefix) === from) return from + prefix.length;
  return from;
}

function behind(bytes: Uint8Array, from: number, to: number, word: Uint8Array): number {
  const at = find(bytes, from, to, word);
  return at < 0 ? -1 : at + word.length;
}

/** Where `word` begins in bytes[from, to), or −1. */
function find(bytes: Uint8Array, from: number, to: number, word: Uint8Array): number {
  for (let at = from; at <= to - word.length; at++) {
    let i = 0;
    while (i < word.length && bytes[at + i] === word[i]) i++;
    if (i === word.length) return at;
  }
  return -1;
}

/** How the arguments of events of KVM are read. */
export const kvmReaders: readonly (readonly [string, EventReader])[] = [
  ['kvm_exit', readExit],
  ['kvm_entry', readEntry],
  ['kvm_userspace_exit', readUserspace],
];
