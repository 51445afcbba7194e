/**
 * Text from traces and file names on its way to a terminal: control characters and escape
 * sequences are shown, not obeyed.
 */
export function safeText(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) =>
      character === '\u001b' ? '␛' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
