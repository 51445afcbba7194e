/**
 * What happens when: a binary heap in typed arrays. Events of one time come out in the order they went in,
 * so a run never depends on the shape of the heap.
 */
export interface EventQueue {
  length: number;
  serial: number;
  time: Float64Array;
  order: Float64Array;
  kind: Uint8Array;
  subject: Int32Array;
}

export function createEventQueue(capacity = 256): EventQueue {
  return {
    length: 0,
    serial: 0,
    time: new Float64Array(capacity),
    order: new Float64Array(capacity),
    kind: new Uint8Array(capacity),
    subject: new Int32Array(capacity),
  };
}

/** Adds an event of `kind` about `subject` (a row of whatever the kind is about) at `time` ns. */
export function schedule(queue: EventQueue, time: number, kind: number, subject: number): void {
  if (queue.length === queue.time.length) grow(queue);
  let at = queue.length++;
  const order = queue.serial++;
  while (at > 0) {
    const above = (at - 1) >> 1;
    if ((queue.time[above] as number) <= time) break;
    move(queue, above, at);
    at = above;
  }
  queue.time[at] = time;
  queue.order[at] = order;
  queue.kind[at] = kind;
  queue.subject[at] = subject;
}

/** Removes the earliest event, which the caller has read at index 0. */
export function dropFirst(queue: EventQueue): void {
  const last = --queue.length;
  if (last <= 0) return;
  const { time, order } = queue;
  const lastTime = time[last] as number;
  const lastOrder = order[last] as number;
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    if (below >= last) break;
    const other = below + 1;
    if (other < last && before(queue, other, below)) below = other;
    const belowTime = time[below] as number;
    if (lastTime < belowTime || (lastTime === belowTime && lastOrder < (order[below] as number))) break;
    move(queue, below, at);
    at = below;
  }
  move(queue, last, at);
}

function before({ time, order }: EventQueue, a: number, b: number): boolean {
  const difference = (time[a] as number) - (time[b] as number);
  return difference < 0 || (difference === 0 && (order[a] as number) < (order[b] as number));
}

function move({ time, order, kind, subject }: EventQueue, from: number, to: number): void {
  time[to] = time[from] as number;
  order[to] = order[from] as number;
  kind[to] = kind[from] as number;
  subject[to] = subject[from] as number;
}

function grow(queue: EventQueue): void {
  const capacity = queue.time.length * 2;
  const wider = <Column extends Float64Array | Uint8Array | Int32Array>(from: Column, to: Column): Column => {
    to.set(from);
    return to;
  };
  queue.time = wider(queue.time, new Float64Array(capacity));
  queue.order = wider(queue.order, new Float64Array(capacity));
  queue.kind = wider(queue.kind, new Uint8Array(capacity));
  queue.subject = wider(queue.subject, new Int32Array(capacity));
}
