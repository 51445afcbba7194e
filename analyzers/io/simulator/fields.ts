import { Problem } from '../../../model/problem.ts';

/** Where a value stands, for errors. */
export interface FieldPlace {
  readonly file: string;
  /** As in `tasks[2].depth`. */
  readonly path: string;
}

/** Checks one value of a JSON file; `undefined` when the field is not there. */
export type FieldReader<Value> = (value: unknown, place: FieldPlace) => Value;
export type FieldReaders<Of> = { readonly [Key in keyof Of]-?: FieldReader<Of[Key]> };

/** Reads an object field by field; an unknown field is an error, because it is most often a misspelt one. */
export function readObject<Of>(fields: FieldReaders<Of>, value: unknown, place: FieldPlace): Of {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unexpected(place, 'an object', value);
  const names = Object.keys(fields);
  const given = value as Readonly<Record<string, unknown>>;
  const odd = Object.keys(given).find((name) => !names.includes(name));
  if (odd !== undefined) {
    throw new Problem({
      code: 'broken',
      message: `${inside(place, odd).path}: there is no such field`,
      file: place.file,
      hint: `known are ${names.join(', ')}`,
    });
  }
  const found: Partial<Of> = {};
  for (const name of names as (keyof Of & string)[]) {
    const read = fields[name](Object.hasOwn(given, name) ? given[name] : undefined, inside(place, name));
    if (read !== undefined) found[name] = read;
  }
  return found as Of;
}

/** A number from `least` to `most`; `fallback` when it is not there, else it is required. */
export function numberField(least: number, most: number, fallback?: number): FieldReader<number> {
  return (value, place) => {
    if (value === undefined && fallback !== undefined) return fallback;
    if (typeof value === 'number' && value >= least && value <= most) return value;
    throw unexpected(place, `a number from ${least} to ${most}`, value);
  };
}

export function integerField(least: number, most: number, fallback?: number): FieldReader<number> {
  return (value, place) => {
    if (value === undefined && fallback !== undefined) return fallback;
    if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most)
      return value as number;
    throw unexpected(place, `a whole number from ${least} to ${most}`, value);
  };
}

export function booleanField(fallback?: boolean): FieldReader<boolean> {
  return (value, place) => {
    if (value === undefined && fallback !== undefined) return fallback;
    if (typeof value === 'boolean') return value;
    throw unexpected(place, 'true or false', value);
  };
}

export function textField(fallback?: string): FieldReader<string> {
  return (value, place) => {
    if (value === undefined && fallback !== undefined) return fallback;
    if (typeof value === 'string' && value !== '' && value.length <= 200) return value;
    throw unexpected(place, 'a text of 1 to 200 characters', value);
  };
}

export function choiceField<Choice extends string | number>(
  choices: readonly Choice[],
  fallback?: Choice,
): FieldReader<Choice> {
  return (value, place) => {
    if (value === undefined && fallback !== undefined) return fallback;
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    throw unexpected(place, `one of ${choices.join(', ')}`, value);
  };
}

export function listField<Value>(
  of: FieldReader<Value>,
  least: number,
  most: number,
): FieldReader<readonly Value[]> {
  return (value, place) => {
    if (!Array.isArray(value) || value.length < least || value.length > most)
      throw unexpected(place, `a list of ${least} to ${most}`, value);
    return value.map((each, i) => of(each, { file: place.file, path: `${place.path}[${i}]` }));
  };
}

/** Not required. */
export function optionalField<Value>(of: FieldReader<Value>): FieldReader<Value | undefined> {
  return (value, place) => (value === undefined ? undefined : of(value, place));
}

export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Problem(
      {
        code: 'broken',
        message: `is not JSON (${error instanceof Error ? error.message : String(error)})`,
        file,
        hint: 'docs/simulator.md shows what is expected',
      },
      { cause: error },
    );
  }
}

export function unexpected({ file, path }: FieldPlace, expected: string, value: unknown): Problem {
  const found = value === undefined ? 'nothing' : (JSON.stringify(value)?.slice(0, 60) ?? String(value));
  return new Problem({
    code: 'broken',
    message: `${path || 'the file'}: expected ${expected}, found ${found}`,
    file,
    hint: 'docs/simulator.md lists the fields and their units',
  });
}

/** The place of a field within. */
export function inside({ file, path }: FieldPlace, name: string): FieldPlace {
  return { file, path: path === '' ? name : `${path}.${name}` };
}
