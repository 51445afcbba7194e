/** A top-level JSON object within a text. */
export interface FoundObject {
  readonly from: number;
  /** Behind its closing brace; NaN when the text ends before it does. */
  readonly to: number;
}

/** Top-level objects one after another, a line each, printed over many lines, or members of a list. */
export function* objectsIn(text: string): Generator<FoundObject> {
  let depth = 0;
  let from = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted) {
      if (character === '\\') at++;
      else if (character === '"') quoted = false;
    } else if (depth > 0 && character === '"') quoted = true;
    else if (character === '{') {
      if (depth === 0) from = at;
      depth++;
    } else if (character === '}' && depth > 0) {
      depth--;
      if (depth === 0) yield { from, to: at + 1 };
    }
  }
  if (depth > 0) yield { from, to: Number.NaN };
}
