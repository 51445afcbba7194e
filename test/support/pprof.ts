/** A pprof profile, references followed. */
export interface PprofProfile {
  readonly sampleTypes: readonly { readonly type: string; readonly unit: string }[];
  readonly samples: readonly {
    /** Leaf first. */
    readonly stack: readonly string[];
    readonly values: readonly number[];
    readonly labels: Readonly<Record<string, string>>;
  }[];
  /** References to what does not exist. */
  readonly dangling: readonly string[];
}

type Field = readonly [id: number, value: bigint | Uint8Array];

/** Reads profile.proto (github.com/google/pprof) as far as a flame graph needs. */
export function decodePprof(bytes: Uint8Array): PprofProfile {
  const fields = fieldsOf(bytes);
  const strings = messages(fields, 6).map((text) => Buffer.from(text).toString('utf8'));
  const dangling: string[] = [];
  if (strings[0] !== '') dangling.push('string 0 is not empty');
  const text = (id: number): string => {
    if (strings[id] === undefined) dangling.push(`string ${id}`);
    return strings[id] ?? '';
  };
  const records = (id: number): Field[][] => messages(fields, id).map(fieldsOf);
  const functions = new Map(records(5).map((each) => [number(each, 1), text(number(each, 2))]));
  const mappings = new Set(records(3).map((each) => number(each, 1)));
  const locations = new Map<number, string>();
  for (const each of records(4)) {
    const mapping = number(each, 2);
    if (mapping !== 0 && !mappings.has(mapping)) dangling.push(`mapping ${mapping}`);
    const fn = number(fieldsOf(messages(each, 4)[0] ?? new Uint8Array()), 1);
    const name = functions.get(fn);
    if (name === undefined) dangling.push(`function ${fn}`);
    locations.set(number(each, 1), name ?? '');
  }
  return {
    sampleTypes: records(1).map((each) => ({ type: text(number(each, 1)), unit: text(number(each, 2)) })),
    samples: records(2).map((each) => ({
      stack: packed(messages(each, 1)[0]).map((id) => {
        const name = locations.get(id);
        if (name === undefined) dangling.push(`location ${id}`);
        return name ?? '';
      }),
      values: packed(messages(each, 2)[0]),
      labels: Object.fromEntries(
        messages(each, 3)
          .map(fieldsOf)
          .map((label) => [text(number(label, 1)), text(number(label, 2))]),
      ),
    })),
    dangling,
  };
}

function fieldsOf(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  while (at < bytes.length) {
    const [key, next] = varint(bytes, at);
    const [value, after] = varint(bytes, next);
    const id = Number(key >> 3n);
    if ((key & 7n) === 0n) {
      fields.push([id, value]);
      at = after;
    } else if ((key & 7n) === 2n) {
      at = after + Number(value);
      if (at > bytes.length) throw new Error(`field ${id} ends behind its message`);
      fields.push([id, bytes.subarray(after, at)]);
    } else throw new Error(`wire type ${key & 7n} of field ${id}`);
  }
  return fields;
}

function varint(bytes: Uint8Array, start: number): [bigint, number] {
  let value = 0n;
  for (let at = start, shift = 0n; at < bytes.length && shift < 70n; at++, shift += 7n) {
    const byte = bytes[at] as number;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return [BigInt.asIntN(64, value), at + 1];
  }
  throw new Error(`a number that never ends at ${start}`);
}

function packed(bytes: Uint8Array = new Uint8Array()): number[] {
  const values: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [value, next] = varint(bytes, at);
    values.push(Number(value));
    at = next;
  }
  return values;
}

function number(fields: readonly Field[], id: number): number {
  const value = fields.find(([field]) => field === id)?.[1];
  return typeof value === 'bigint' ? Number(value) : 0;
}

function messages(fields: readonly Field[], id: number): Uint8Array[] {
  return fields.flatMap(([field, value]) => (field === id && typeof value !== 'bigint' ? [value] : []));
}
