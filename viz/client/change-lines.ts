import { changeText, signed } from '../../model/change-text.ts';
import { formatValue, type Unit } from '../../model/units.ts';
import type { FlameData } from './flame-data.ts';

const states = [
  'less, shown by the tests',
  'within what the tests take for noise',
  'more, shown by the tests',
];

/** What a node of a differential flame graph cost before and after, in words. */
export function changeLines(data: FlameData, node: number): string[] {
  const { compare, unit } = data;
  if (compare === undefined) return [];
  const whole = compare.totalBefore[0] || compare.totalAfter[0] || 1;
  const line = (what: string, before: number, after: number): string => {
    const relative = before > 0 ? changeText(after / before - 1) : after > 0 ? 'new' : 'nothing';
    return `${what} ${formatValue(before, unit as Unit)} → ${formatValue(after, unit as Unit)}, ${relative}, ${signed((after - before) / whole)} of the total`;
  };
  return [
    `${line('total', compare.totalBefore[node] as number, compare.totalAfter[node] as number)}, ${compare.per}`,
    line('self', compare.selfBefore[node] as number, data.self[node] as number),
    states[compare.shown[node] as number] ?? '',
  ];
}

/** Cells of a row: before, after, change, change of the total. */
export function changeCells(data: FlameData, before: number, after: number): string[] {
  const whole = data.compare?.totalBefore[0] || data.compare?.totalAfter[0] || 1;
  return [
    formatValue(before, data.unit as Unit),
    formatValue(after, data.unit as Unit),
    before > 0 ? changeText(after / before - 1) : after > 0 ? 'new' : '–',
    signed((after - before) / whole),
  ];
}

export const changeHeads = ['before', 'after', 'change', 'of total'] as const;
