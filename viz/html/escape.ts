import { escapeMarkup, visibleText } from '../../model/visible-text.ts';

/** A name from a trace: isolated from the direction of its surroundings, cut when very long with the whole in its title. */
export function nameHtml(name: string, most = 160): string {
  const text = visibleText(name);
  if (text.length <= most) return `<bdi>${escapeMarkup(text)}</bdi>`;
  const cut = `${text.slice(0, most * 0.7)}…${text.slice(-most * 0.25)}`;
  return `<bdi title="${escapeMarkup(text)}">${escapeMarkup(cut)}</bdi>`;
}

/** JSON that can stand in a script element: no `<` can end it, no U+2028 can break it. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
