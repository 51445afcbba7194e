/** A field of an event record, as its `format` file declares it. */
export interface Field {
  readonly name: string;
  readonly offset: number;
  /** Bytes; 0 = the rest of the record. */
  readonly size: number;
  readonly signed: boolean;
  /** The field holds where in the record the data lie: u32 of length << 16 | offset. */
  readonly dynamic: '' | 'data_loc' | 'rel_loc';
  readonly type: string;
}

/** One event's layout (tracefs events/SYSTEM/NAME/format). */
export interface EventFormat {
  readonly system: string;
  readonly name: string;
  readonly id: number;
  readonly fields: ReadonlyMap<string, Field>;
  readonly printFormat: string;
}

const fieldLine = /^\s*field:(.+?);\s*offset:(\d+);\s*size:(\d+);(?:\s*signed:(\d);)?/;

/** Undefined when the text names no event. */
export function parseEventFormat(system: string, text: string): EventFormat | undefined {
  const name = /^name:\s*(\S+)/m.exec(text)?.[1];
  const id = /^ID:\s*(\d+)/m.exec(text)?.[1];
  if (name === undefined || id === undefined) return undefined;
  const fields = new Map<string, Field>();
  for (const line of text.split('\n')) {
    const found = fieldLine.exec(line);
    if (found === null) continue;
    const declaration = (found[1] ?? '').replace(/\[.*\]$/, '').trim();
    const parts = /^(.*?)([A-Za-z_]\w*)$/.exec(declaration);
    if (parts?.[2] === undefined) continue;
    const type = (parts[1] ?? '').trim();
    fields.set(parts[2], {
      name: parts[2],
      offset: Number(found[2]),
      size: Number(found[3]),
      signed: found[4] === '1',
      dynamic: type.startsWith('__data_loc') ? 'data_loc' : type.startsWith('__rel_loc') ? 'rel_loc' : '',
      type,
    });
  }
  return {
    system,
    name,
    id: Number(id),
    fields,
    printFormat: /^print fmt:\s*(.*)/ms.exec(text)?.[1]?.trim() ?? '',
  };
}
