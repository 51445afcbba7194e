/** Totals of all guests of a host, by the name of their file in /sys/kernel/debug/kvm: `kvm exits`. */
export const KVM_TOTAL = 'kvm total ';
export const kvmTotal = (key: string): string => KVM_TOTAL + key;

/** What perf kvm stat report says of exits of one reason (gauges): their count, and ns they took. */
export const kvmReportColumns = ['count', 'shortest', 'longest', 'mean'] as const;
export type KvmReportColumn = (typeof kvmReportColumns)[number];
export const KVM_REPORT = 'kvm report ';
export const kvmReportSeries = (column: KvmReportColumn, reason: string): string =>
  `${KVM_REPORT}${column} ${reason}`;

/** Totals the host would not let be read: a gauge, a count of names without a value. */
export const KVM_EMPTY_TOTALS = 'kvm totals without a value';
/** Exits somebody counted from text (`sort | uniq -c`): gauges by reason. */
export const KVM_COUNTED = 'kvm counted ';
