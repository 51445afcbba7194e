/** CPUs of a list as the kernel prints it, `0-3,8`; undefined when it is no list. */
export function parseCpuList(text: string): ReadonlySet<number> | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return new Set();
  const cpus = new Set<number>();
  for (const part of trimmed.split(',')) {
    const found = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part.trim());
    if (found === null) return undefined;
    const [first, last] = [Number(found[1]), Number(found[2] ?? found[1])];
    if (last < first || last > 65_535) return undefined;
    for (let cpu = first; cpu <= last; cpu++) cpus.add(cpu);
  }
  return cpus;
}

/** `0-3,8` of a set. */
export function formatCpuList(cpus: Iterable<number>): string {
  const sorted = [...cpus].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let i = 0; i < sorted.length; ) {
    let end = i;
    while (sorted[end + 1] === (sorted[end] as number) + 1) end++;
    parts.push(end === i ? String(sorted[i]) : `${sorted[i]}-${sorted[end]}`);
    i = end + 1;
  }
  return parts.join(',');
}

/** The same in the order of the list. */
export function cpusInList(text: string): readonly number[] | undefined {
  const cpus = parseCpuList(text);
  return cpus === undefined ? undefined : [...cpus];
}
