import type { CallTree, SmallFlamesSection } from '../../model/section.ts';
import { selectionToHash } from '../../model/selection.ts';
import { frameKinds } from '../../model/tables.ts';
import { formatShare, formatValue, type Unit } from '../../model/units.ts';
import { escapeMarkup } from '../../model/visible-text.ts';
import { nameHtml } from './escape.ts';

const ROWS = 12;
const ROW = 12;
/** Frames narrower than this share are not drawn at this size. */
const NARROWEST = 0.01;
/** Frames wider than this have room for their name. */
const ROOM = 0.18;

/** A card each: what it is, what sets it apart, and its flame graph at a glance. */
export function staticSmallFlames({ unit, items }: SmallFlamesSection): string {
  const cards = items.map(({ label, facts, changes, tree, selection }) => {
    const hash = selection === undefined ? '' : selectionToHash(selection);
    const head =
      hash === '' ? nameHtml(label, 140) : `<a href="${escapeMarkup(hash)}">${nameHtml(label, 140)}</a>`;
    const rows = changes.map(
      ({ name, sign, here, elsewhere, low, high }) =>
        `<tr><td>${sign > 0 ? '▲' : '▼'} ${nameHtml(name, 80)}</td><td class="number">${formatShare(here)}</td><td class="number">${formatShare(elsewhere)}</td><td class="number dim">${points(low)} … ${points(high)}</td></tr>`,
    );
    const table =
      rows.length === 0
        ? ''
        : `<table class="data"><thead><tr><th scope="col">what differs</th><th scope="col" class="number">here</th><th scope="col" class="number">elsewhere</th><th scope="col" class="number">95 % CI, points</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
    return `<article class="flame-card" data-selection="${escapeMarkup(hash)}"><h3>${head}</h3>${facts.map((fact) => `<p>${nameHtml(fact, 300)}</p>`).join('')}${table}${tree === undefined ? '' : smallFlame(tree, unit, label)}</article>`;
  });
  return `<div class="flame-cards">${cards.join('\n')}</div>`;
}

/** `+12.3`: a difference of shares in percentage points. */
function points(difference: number): string {
  return `${difference < 0 ? '−' : '+'}${Math.abs(difference * 100).toFixed(1)}`;
}

/** Boxes placed by CSS, callers above. */
function smallFlame({ nodes, functions }: CallTree, unit: Unit, label: string): string {
  const whole = nodes.total[0] ?? 0;
  const next: number[] = [0];
  const boxes: string[] = [];
  let deepest = 0;
  for (let node = 0; node < nodes.depth.length; node++) {
    const depth = nodes.depth[node] as number;
    const share = whole > 0 ? (nodes.total[node] as number) / whole : 0;
    const x = next[depth] ?? 0;
    next[depth] = x + share;
    next[depth + 1] = x;
    if (depth === 0 || depth > ROWS || share < NARROWEST) continue;
    deepest = Math.max(deepest, depth);
    const fn = nodes.function[node] as number;
    const name = functions.name[fn] ?? '';
    const kind = depth === 1 ? 'process' : (frameKinds[functions.kind[fn] ?? 0] ?? 'unknown');
    const fact = `${name}: ${formatValue(nodes.total[node] as number, unit)}, ${formatShare(share)}`;
    boxes.push(
      `<div class="frame kind-${kind}" style="left:${(x * 100).toFixed(2)}%;width:${(share * 100).toFixed(2)}%;top:${(depth - 1) * ROW}px" title="${escapeMarkup(fact)}">${share > ROOM ? nameHtml(name, 60) : ''}</div>`,
    );
  }
  return `<div class="flame-static" role="img" aria-label="${escapeMarkup(`flame graph of ${label}: the widest frames, callers above`)}" style="height:${deepest * ROW}px">${boxes.join('')}</div>`;
}
