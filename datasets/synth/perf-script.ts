/**
 * Seeded maker of perf script text with known truth: how much weight each function, process and
 * kind has is decided first and written down, so that tests can compare what vtune finds with
 * what was planted. One seed gives the same bytes for ever.
 */
export interface SynthOptions {
  readonly seed: number;
  readonly samples: number;
  readonly processes?: number;
  readonly functions?: number;
  readonly deepest?: number;
  /** Period of sample i, ns. */
  readonly period?: (i: number) => number;
  /** PERF_RECORD_LOST lines: after every so many samples, so many lost. */
  readonly lost?: { readonly every: number; readonly count: number };
  /** Share of samples of idle CPUs. */
  readonly idle?: number;
}

export interface SynthCapture {
  readonly text: string;
  /** Planted weight by innermost function, and by process name; idle samples left out. */
  readonly selfOf: ReadonlyMap<string, number>;
  readonly totalOf: ReadonlyMap<string, number>;
  readonly processOf: ReadonlyMap<string, number>;
  readonly busy: number;
  readonly idle: number;
  readonly lost: number;
}

/** mulberry32 */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function synthCapture(options: SynthOptions): SynthCapture {
  const { samples, processes = 4, functions = 60, deepest = 24, period = () => 1_003_009, lost, idle = 0 } = options;
  const random = generator(options.seed);
  const pick = (n: number): number => Math.floor(random() * n);
  const selfOf = new Map<string, number>();
  const totalOf = new Map<string, number>();
  const processOf = new Map<string, number>();
  const add = (map: Map<string, number>, key: string, weight: number): void => void map.set(key, (map.get(key) ?? 0) + weight);
  const lines: string[] = ['# hostname : synth', '# nrcpus online : 2', '#'];
  let [busyWeight, idleWeight, lostEvents] = [0, 0, 0];
  for (let i = 0; i < samples; i++) {
    const weight = period(i);
    const time = (1000 + i * 0.001).toFixed(6);
    const cpu = String(i % 2).padStart(3, '0');
    if (random() < idle) {
      lines.push(`swapper     0/0     [${cpu}] ${time}: ${weight} cpu-clock: `);
      lines.push('\tffffffff810b6c3b pv_native_safe_halt+0xb ([kernel.kallsyms])', '\tffffffff810b6d2f do_idle+0xf ([kernel.kallsyms])', '');
      idleWeight += weight;
      continue;
    }
    const process = pick(processes);
    const path = ['main', ...Array.from({ length: 1 + pick(deepest) }, () => `function_${Math.min(pick(functions), pick(functions))}`)];
    lines.push(`worker ${process} ${100 + process}/${100 + process} [${cpu}] ${time}: ${weight} cpu-clock: `);
    for (const name of [...path].reverse()) lines.push(`\t    ${(0x7f0000000000 + pick(1 << 20)).toString(16)} ${name}+0x${pick(256).toString(16)} (/usr/bin/worker)`);
    lines.push('');
    add(selfOf, path.at(-1) as string, weight);
    for (const name of new Set(path)) add(totalOf, name, weight);
    add(processOf, `worker ${process}`, weight);
    busyWeight += weight;
    if (lost !== undefined && i % lost.every === lost.every - 1) {
      lines.push(`worker ${process} ${100 + process}/${100 + process} [${cpu}] ${time}: PERF_RECORD_LOST lost ${lost.count}`);
      lostEvents += lost.count;
    }
  }
  return { text: `${lines.join('\n')}\n`, selfOf, totalOf, processOf, busy: busyWeight, idle: idleWeight, lost: lostEvents };
}
