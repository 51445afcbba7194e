export interface State {
  /** Position of the frame that fills the width; 0 = all. */
  readonly zoom: number;
  readonly query: string;
  readonly ignoreCase: boolean;
  readonly icicle: boolean;
}

/** State from the URL hash; what is not there is as the file was made. */
export function readState(): State {
  const fields = new URLSearchParams(location.hash.slice(1));
  const made = document.documentElement.getAttribute('data-icicle') === '1';
  return {
    zoom: Number(fields.get('zoom') ?? 0) || 0,
    query: fields.get('query') ?? '',
    ignoreCase: fields.get('case') === 'ignore',
    icicle: fields.has('icicle') ? fields.get('icicle') === '1' : made,
  };
}

/** Keeps the state in the URL, so that a link shows what was seen. */
export function writeState({ zoom, query, ignoreCase, icicle }: State): void {
  const fields = new URLSearchParams();
  if (zoom !== 0) fields.set('zoom', String(zoom));
  if (query !== '') fields.set('query', query);
  if (ignoreCase) fields.set('case', 'ignore');
  if (icicle !== (document.documentElement.getAttribute('data-icicle') === '1'))
    fields.set('icicle', icicle ? '1' : '0');
  try {
    history.replaceState(null, '', `#${fields}`);
  } catch {
    // Some viewers do not let a file change its address; the picture works all the same.
  }
}
