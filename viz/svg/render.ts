import type { CallTree } from '../../model/section.ts';
import { frameKinds } from '../../model/tables.ts';
import { formatCount, formatShare, formatValue, type Unit } from '../../model/units.ts';
import { escapeMarkup } from '../../model/visible-text.ts';
import { svgScript } from './assets.ts';
import { type Colours, changeColour, changeLegend, colourOf, legendOf } from './colours.ts';
import type { SvgComparison } from './comparison.ts';
import { type Box, layoutBoxes } from './layout.ts';

export interface FlameSvgOptions {
  readonly title: string;
  readonly subtitle?: string;
  readonly unit: Unit;
  /** Pixels; the picture follows the window's width where scripts run. */
  readonly width: number;
  /** Frames narrower than this many pixels are left out; the file says how many. */
  readonly minWidth: number;
  /** Callers on top. */
  readonly icicle: boolean;
  readonly colours: Colours;
  /** Present in a differential picture: widths and colours are its. */
  readonly compare?: SvgComparison;
}

export const ROW = 16;
const PAD = 10;
const HEAD = 62;
const FOOT = 34;
/** Pixels a character of the label takes: labels of viewers without scripts are cut by it. */
const CHARACTER = 6.6;
const LONGEST_TITLE = 2000;

/**
 * A flame graph as one SVG file that any browser opens offline: a static picture first, made
 * interactive by the script inside it (zoom, search, icicle, keys, links).
 */
export function* renderFlameSvg(tree: CallTree, options: FlameSvgOptions): Generator<string> {
  const widths = options.compare?.widths ?? tree.nodes.total;
  const whole = widths[0] ?? 0;
  const smallest = options.minWidth / Math.max(1, options.width - 2 * PAD);
  const { boxes, rows, left, deeper } = layoutBoxes(tree, smallest, widths);
  const height = HEAD + rows * ROW + FOOT;
  const { width } = options;
  const notes = [
    options.subtitle ?? '',
    left > 0 ? `${formatCount(left)} frames narrower than ${options.minWidth} px are not drawn` : '',
    deeper > 0 ? `${formatCount(deeper)} frames deeper than ${formatCount(rows)} rows are not drawn` : '',
  ].filter((note) => note !== '');
  yield `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="${height}" viewBox="0 0 ${width} ${height}" data-rows="${rows}" data-row="${ROW}" data-head="${HEAD}" data-icicle="${options.icicle ? 1 : 0}" role="img" aria-label="${escapeMarkup(options.title)}">
<style>${style}</style>
<rect class="page" width="100%" height="100%"/>
<text class="title" x="${PAD}" y="26">${escapeMarkup(options.title)}</text>
<text class="sub" x="${PAD}" y="44">${escapeMarkup(notes.join(' · '))}</text>
<g id="frames">
`;
  const nameOf = (fn: number): string => tree.functions.name[fn] ?? '';
  for (const box of boxes) yield frameXml(box, tree, options, rows, whole, nameOf);
  yield `</g>
<text id="details" class="sub" x="${PAD}" y="${height - 12}"> </text>
${options.compare === undefined ? legendOf(options.colours, width - PAD, 26) : changeLegend(width - PAD, 26)}
<script type="text/javascript"><![CDATA[${svgScript()}]]></script>
</svg>
`;
}

function frameXml(
  box: Box,
  tree: CallTree,
  options: FlameSvgOptions,
  rows: number,
  whole: number,
  nameOf: (fn: number) => string,
): string {
  const inner = options.width - 2 * PAD;
  const x = PAD + box.x * inner;
  const w = box.width * inner;
  const y = HEAD + (options.icicle ? box.depth : rows - 1 - box.depth) * ROW;
  const fn = tree.nodes.function[box.node] as number;
  const name = nameOf(fn);
  const total = tree.nodes.total[box.node] as number;
  const kind = box.depth <= 1 ? 'process' : (frameKinds[tree.functions.kind[fn] ?? 0] ?? 'unknown');
  const module = tree.modules[tree.functions.module[fn] ?? 0] ?? '';
  const shown = name.length > LONGEST_TITLE ? `${name.slice(0, LONGEST_TITLE)}…` : name;
  const { compare } = options;
  const facts =
    compare === undefined
      ? `${formatValue(total, options.unit)}, ${formatShare(whole > 0 ? total / whole : 0)}`
      : compare.facts(box.node);
  const title = `${shown} (${facts})${module === '' || box.depth <= 1 ? '' : ` ${module}`}`;
  const most = Math.floor((w - 4) / CHARACTER);
  const change = compare?.label(box.node) ?? '';
  const label = labelOf(name, change, most);
  const fill =
    compare === undefined
      ? colourOf(options.colours, kind, name, module)
      : changeColour(compare.strength(box.node));
  return `<g data-f="${short(box.x)} ${short(box.width)} ${box.depth}"${change === '' ? '' : ` data-change="${escapeMarkup(change)}"`}><title>${escapeMarkup(title)}</title><rect x="${x.toFixed(1)}" y="${y}" width="${Math.max(0.1, w).toFixed(1)}" height="${ROW - 1}" fill="${fill}"/>${label === '' ? '' : `<text x="${(x + 3).toFixed(1)}" y="${y + 11.5}">${escapeMarkup(label)}</text>`}</g>\n`;
}

/** What fits: the name is cut before its change is, and the change is never half there. */
function labelOf(name: string, change: string, most: number): string {
  if (most < 3) return '';
  if (name.length + change.length <= most) return `${name}${change}`;
  const room = most - change.length;
  if (change !== '' && room >= 3) return `${name.slice(0, room - 1)}…${change}`;
  if (change !== '' && change.trim().length <= most) return change.trim();
  return name.length <= most ? name : `${name.slice(0, most - 1)}…`;
}

/** Seven significant digits tell frames of a millionth apart. */
function short(value: number): string {
  return String(Number(value.toPrecision(7)));
}

const style = `
svg{font:12px ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,Verdana,sans-serif;background:#fff}
.page{fill:#fff}.title{font-size:17px;font-weight:600;fill:#16191d}.sub,.key{fill:#5a6370}.key{text-anchor:end}
#frames text{font-size:11px;fill:#101318;pointer-events:none}#frames g{cursor:pointer}
#frames g:hover rect,#frames g.focus rect{stroke:#000;stroke-width:1}
#frames g.caller{opacity:.45}#frames g.found rect{fill:#d957d0}#frames g.pale rect{fill:#dfe3e8}
.button{cursor:pointer;fill:#0b5cad;text-anchor:end}
@media (prefers-color-scheme:dark){svg{background:#14171c}.page{fill:#14171c}.title{fill:#e8ebef}.sub,.key{fill:#9aa4b1}.button{fill:#7ab8f5}#frames g:hover rect,#frames g.focus rect{stroke:#fff}#frames g.pale rect{fill:#2a3038}#frames g.pale text{fill:#9aa4b1}}
`;
