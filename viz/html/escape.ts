const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Characters that show as nothing or turn text around: names from traces may hold them to deceive. */
const invisible =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Text as it may stand anywhere in HTML, in an element or a quoted attribute. Invisible characters are spelled out. */
export function escapeHtml(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** Text with invisible and direction-changing characters spelled as `\u202e`. */
export function visible(text: string): string {
  return text.replace(
    invisible,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A name from a trace: isolated from the direction of its surroundings, cut when very long with the whole in its title. */
export function nameHtml(name: string, most = 160): string {
  const text = visible(name);
  if (text.length <= most) return `<bdi>${escapeHtml(text)}</bdi>`;
  const cut = `${text.slice(0, most * 0.7)}…${text.slice(-most * 0.25)}`;
  return `<bdi title="${escapeHtml(text)}">${escapeHtml(cut)}</bdi>`;
}

/** JSON that can stand in a script element: no `<` can end it, no U+2028 can break it. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
