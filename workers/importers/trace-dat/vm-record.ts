import { vmTransitionId } from '../../../model/host-event-tables.ts';
import { reasonPrefixes } from '../trace-event/kvm-readers.ts';
import type { TraceEventSink } from '../trace-event/sink.ts';
import type { EventFormat } from './event-format.ts';
import type { EventRecord } from './record.ts';
import { type SymbolicNames, symbolicName, symbolicNames } from './symbolic.ts';

/** `isa` of kvm_exit: KVM_ISA_VMX of arch/x86/kvm/trace.h; 2 is SVM. Before 2.6.36 there is none. */
const VMX = 1;
/** errno of kvm_userspace_exit after a signal. */
const EINTR = 4;

const tables = new WeakMap<EventFormat, readonly SymbolicNames[]>();

/**
 * Files the record of an event of KVM by its fields, with the reasons named as the event's own print format names
 * them. Undefined when the event called `name` is none of these, false when the record is cut.
 */
export function fileVmRecord(sink: TraceEventSink, name: string, record: EventRecord): boolean | undefined {
  switch (name) {
    case 'kvm_exit':
      return file(sink, vmTransitionId.exit, record, exitReason(record));
    case 'kvm_entry':
      return file(sink, vmTransitionId.entry, record, '');
    case 'kvm_userspace_exit':
      return file(sink, vmTransitionId.userspace, record, userspaceReason(record));
    default:
      return undefined;
  }
}

function file(sink: TraceEventSink, kind: number, record: EventRecord, reason: string | undefined): boolean {
  const vcpu = record.number('vcpu_id');
  const isCut =
    kind === vmTransitionId.entry && record.format?.fields.has('vcpu_id') === true && Number.isNaN(vcpu);
  if (reason === undefined || isCut) return false;
  sink.vmMoved(kind, vcpu, reason === '' ? 0 : sink.out.strings.internText(reason));
  return true;
}

/** VMX and SVM have a table each, VMX first. */
function exitReason(record: EventRecord): string | undefined {
  const value = record.number('exit_reason');
  const [vmx, svm] = namesOf(record);
  if (Number.isNaN(value)) return undefined;
  const isa = record.number('isa');
  const table = Number.isNaN(isa) || isa === VMX ? vmx : (svm ?? vmx);
  return table === undefined ? `0x${value.toString(16)}` : bare(symbolicName(table, value));
}

function userspaceReason(record: EventRecord): string | undefined {
  const [reason, errno] = [record.number('reason'), record.number('errno')];
  if (Number.isNaN(reason)) return undefined;
  if (errno < 0) return errno === -EINTR ? 'restart' : 'error';
  const [table] = namesOf(record);
  return table === undefined ? `0x${reason.toString(16)}` : symbolicName(table, reason);
}

function namesOf({ format }: EventRecord): readonly SymbolicNames[] {
  if (format === undefined) return [];
  let found = tables.get(format);
  if (found === undefined) {
    found = symbolicNames(format.printFormat);
    tables.set(format, found);
  }
  return found;
}

function bare(reason: string): string {
  const prefix = reasonPrefixes.find((each) => reason.startsWith(each)) ?? '';
  return reason.slice(prefix.length);
}
