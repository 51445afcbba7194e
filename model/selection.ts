/**
 * What part of a trace the reader looks at. One selection filters every panel of the report and
 * is its URL hash, so a link shows the reader what the writer saw.
 */
export interface Selection {
  /** Seconds from the start of the trace: [start, end). */
  readonly range?: readonly [number, number];
  /** Name of a phase, as the report's ribbon has it: all its stretches of time. */
  readonly phase?: string;
  /** Event name; absent = the primary event. */
  readonly event?: string;
  /** Thread label as in the report: `comm pid/tid`. */
  readonly thread?: string;
  /** Function name: its frames are highlighted, and tables show its row. */
  readonly frame?: string;
  /** Call-tree node (row in the section's node arrays) that fills the width. */
  readonly zoom?: number;
  /** Regular expression searched in function names. */
  readonly query?: string;
}

/** `#range=12-31.5&query=jbd2`: keys in a fixed order, nothing for what is absent. */
export function selectionToHash(selection: Selection): string {
  const fields = new URLSearchParams();
  if (selection.range) fields.set('range', `${selection.range[0]}-${selection.range[1]}`);
  for (const name of ['phase', 'event', 'thread', 'frame', 'zoom', 'query'] as const) {
    const value = selection[name];
    if (value !== undefined) fields.set(name, String(value));
  }
  const text = fields.toString();
  return text === '' ? '' : `#${text}`;
}

/** Reads a hash written by `selectionToHash`; what cannot be read is left out. */
export function selectionFromHash(hash: string): Selection {
  const fields = new URLSearchParams(hash.replace(/^#/, ''));
  const range = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(fields.get('range') ?? '');
  const zoom = fields.get('zoom');
  const text = (name: 'phase' | 'event' | 'thread' | 'frame' | 'query') => {
    const value = fields.get(name);
    return value === null || value === '' ? {} : { [name]: value };
  };
  return {
    ...(range && Number(range[1]) < Number(range[2])
      ? { range: [Number(range[1]), Number(range[2])] as const }
      : {}),
    ...text('phase'),
    ...text('event'),
    ...text('thread'),
    ...text('frame'),
    ...(zoom !== null && /^\d+$/.test(zoom) ? { zoom: Number(zoom) } : {}),
    ...text('query'),
  };
}
