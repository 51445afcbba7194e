import { gzipSync } from 'node:zlib';
import type { FlameSection } from '../../model/section.ts';

/**
 * A differential flame graph as a pprof profile (profile.proto of google/pprof): the candidate's
 * costs, and the baseline's as negative values under the label `pprof::base`, which is how
 * `pprof -diff_base` writes a difference. Values are whole numbers, so costs per unit of work are
 * of as many units as a thousand million needs; the sample type says of how many.
 */
export function pprofDiff({ tree, compare, unit }: FlameSection): Uint8Array {
  const strings = new Strings();
  const profile = new Message();
  const whole = Math.max(
    ...[tree.nodes.self, compare?.self ?? []].map((self) => self.reduce((sum, value) => sum + value, 0)),
    1e-9,
  );
  const units = 10 ** Math.max(0, Math.ceil(9 - Math.log10(whole)));
  const per = (compare?.per ?? '').replace(/^per /, '').replaceAll(' ', '_');
  const type = `cost_per_${units}_${per === '' ? 'unit' : per}`;
  profile.message(
    1,
    new Message().number(1, strings.id(type)).number(2, strings.id(unit === 'ns' ? 'nanoseconds' : unit)),
  );
  const base = strings.id('pprof::base');
  const yes = strings.id('true');
  const path: number[] = [];
  tree.nodes.depth.forEach((depth, node) => {
    path.length = depth;
    path.push((tree.nodes.function[node] as number) + 1);
    // The root is everything, no function; leaf first.
    const locations = path.slice(1).reverse();
    const sample = (value: number, isBase: boolean): void => {
      const rounded = Math.round(value * units);
      if (rounded === 0 || locations.length === 0) return;
      const message = new Message().packed(1, locations).packed(2, [isBase ? -rounded : rounded]);
      if (isBase) message.message(3, new Message().number(1, base).number(2, yes));
      profile.message(2, message);
    };
    sample(tree.nodes.self[node] as number, false);
    sample(compare?.self[node] ?? 0, true);
  });
  tree.modules.forEach((module, id) => {
    if (module !== '')
      profile.message(
        3,
        new Message()
          .number(1, id + 1)
          .number(5, strings.id(module))
          .number(7, 1),
      );
  });
  tree.functions.name.forEach((name, fn) => {
    const module = tree.functions.module[fn] as number;
    const location = new Message().number(1, fn + 1);
    if ((tree.modules[module] ?? '') !== '') location.number(2, module + 1);
    profile.message(4, location.message(4, new Message().number(1, fn + 1)));
    profile.message(
      5,
      new Message()
        .number(1, fn + 1)
        .number(2, strings.id(name))
        .number(3, strings.id(name)),
    );
  });
  for (const text of strings.all) profile.text(6, text);
  return gzipSync(profile.bytes());
}

class Strings {
  readonly all: string[] = [''];
  readonly #ids = new Map<string, number>([['', 0]]);

  id(text: string): number {
    let id = this.#ids.get(text);
    if (id === undefined) {
      id = this.all.push(text) - 1;
      this.#ids.set(text, id);
    }
    return id;
  }
}

/** A protocol buffer message being written (protobuf.dev, Encoding). */
class Message {
  readonly #parts: Uint8Array[] = [];

  number(field: number, value: number): this {
    this.#parts.push(varint(BigInt(field << 3)), varint(BigInt(value)));
    return this;
  }

  packed(field: number, values: readonly number[]): this {
    return this.#bytes(field, Buffer.concat(values.map((value) => varint(BigInt(value)))));
  }

  text(field: number, text: string): this {
    return this.#bytes(field, Buffer.from(text, 'utf8'));
  }

  message(field: number, message: Message): this {
    return this.#bytes(field, message.bytes());
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }

  #bytes(field: number, bytes: Uint8Array): this {
    this.#parts.push(varint(BigInt((field << 3) | 2)), varint(BigInt(bytes.length)), bytes);
    return this;
  }
}

/** Negative numbers are ten bytes: two's complement of 64 bits. */
function varint(value: bigint): Uint8Array {
  let left = BigInt.asUintN(64, value);
  const bytes: number[] = [];
  while (left > 0x7fn) {
    bytes.push(Number(left & 0x7fn) | 0x80);
    left >>= 7n;
  }
  bytes.push(Number(left));
  return Uint8Array.from(bytes);
}
