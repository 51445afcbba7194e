/**
 * A name from a capture as one word of a command that can be pasted: as it stands when it is made of letters that mean
 * nothing to a shell, else in single quotes. Undefined when it holds what no shell should get: quotes, line breaks,
 * controls.
 */
export function shellWord(text: string): string | undefined {
  if (/^[\w./:@%+=-]+$/.test(text)) return text;
  return text === '' || /['!\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e]/.test(text)
    ? undefined
    : `'${text}'`;
}
