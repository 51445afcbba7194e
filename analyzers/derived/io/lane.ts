import { NO_IOPRIO } from '../../../model/io-tables.ts';
import { TableBuilder } from '../../../model/table.ts';
import { Chains } from './chains.ts';
import { BIO_ONLY, BY_ISSUER, LOST, MERGED, requestTable, SPLIT } from './request-table.ts';
import { WaitingBios } from './waiting-bios.ts';

const SECTOR = 512;
/** Requests at one sector at once beyond which the oldest is given up; without completions there is no end to them. */
const MOST_AT_A_SECTOR = 256;

/** The fields of one event a lane asks about. */
export interface LaneEvent {
  time: number;
  sector: number;
  bytes: number;
  otherSector: number;
  flags: number;
  ioprio: number;
  /** Thread under the name by which it is known. */
  thread: number;
  error: number;
}

export type RequestBuilder = TableBuilder<(typeof requestTable)['schema']>;

export function requestBuilder(): RequestBuilder {
  const rows = new TableBuilder(requestTable, 1024);
  // Row 0 is no request: chains end with 0.
  rows.add();
  return rows;
}

/**
 * Requests of one operation on one device. Events name them by their first sector only, so a
 * request is found by where it begins (or, for merges, ends) and by what has happened to it.
 */
export class Lane {
  readonly #rows: RequestBuilder;
  readonly #device: number;
  readonly #op: number;
  readonly #bios = new WaitingBios();
  /** Requests that are not complete, by where they begin … */
  readonly #starts = new Chains();
  /** … and, until they are issued, by where they end. */
  readonly #ends = new Chains();
  /** Of rows issued and not complete: bytes done. */
  readonly #done = new Map<number, number>();
  /** Of rows given back after a part of them was done: bytes of that part. */
  readonly #carried = new Map<number, number>();
  /** Older request at the sector of a younger one that completed first: perhaps they were both there, perhaps its own completion was lost. */
  readonly #overtaken = new Map<number, number>();
  /** Completions of requests nobody saw issued. */
  strays = 0;

  constructor(rows: RequestBuilder, device: number, op: number) {
    this.#rows = rows;
    this.#device = device;
    this.#op = op;
  }

  /** Bios queued of which nothing more was seen. */
  get waiting(): number {
    return this.#bios.length;
  }

  queue(event: LaneEvent): void {
    const known = this.#bios.find(event.sector, event.thread);
    if (known !== 0 && this.#bios.rest[known] === 1) {
      // The rest of a split bio, queued again: it has waited since the whole was queued.
      this.#bios.rest[known] = 0;
      this.#bios.bytes[known] = event.bytes;
      return;
    }
    // A thread gets a request for a bio before it queues the next: what became of this one was not recorded.
    if (known !== 0 && this.#bios.thread[known] === event.thread) this.#bios.remove(known);
    this.#bios.add(event.time, event.sector, event.bytes, event.thread, event.flags);
  }

  split(event: LaneEvent): void {
    const bios = this.#bios;
    const row = bios.find(event.sector, event.thread);
    if (row === 0) return;
    const end = event.sector + (bios.bytes[row] as number) / SECTOR;
    bios.split[row] = 1;
    bios.bytes[row] = (event.otherSector - event.sector) * SECTOR;
    if (end <= event.otherSector) return;
    const rest = bios.add(
      bios.time[row] as number,
      event.otherSector,
      (end - event.otherSector) * SECTOR,
      bios.thread[row] as number,
      bios.flags[row] as number,
    );
    bios.rest[rest] = 1;
    bios.split[rest] = 1;
  }

  getrq(event: LaneEvent): void {
    const row = this.#begin(event);
    this.#rows.columns.getrq[row] = event.time;
  }

  /** A bio joins a request: at its end, or at its beginning. */
  merge(event: LaneEvent, inFront: boolean): void {
    const sectors = event.bytes / SECTOR;
    const row = inFront ? this.#unissued(event.sector + sectors) : this.#latest(this.#ends, event.sector);
    const bio = this.#bios.find(event.sector, event.thread);
    if (row === 0) {
      // The request was not seen to begin; without it the bio is of no use.
      if (bio !== 0) this.#bios.remove(bio);
      return;
    }
    const { columns } = this.#rows;
    const first = columns.queue[row] as number;
    if (bio !== 0) {
      columns.queueSum[row] = (columns.queueSum[row] as number) + (this.#bios.time[bio] as number) - first;
      columns.mergeSum[row] = (columns.mergeSum[row] as number) + event.time - first;
      this.#bios.remove(bio);
    }
    columns.bios[row] = (columns.bios[row] as number) + 1;
    this.#resize(
      row,
      inFront ? event.sector : (columns.sector[row] as number),
      (columns.bytes[row] as number) + event.bytes,
    );
  }

  /** A whole request joins the one that ends, or begins, where it begins, or ends. */
  mergeRequest(event: LaneEvent): void {
    const row = this.#unissued(event.sector);
    if (row === 0) return;
    const { columns } = this.#rows;
    const bytes = columns.bytes[row] as number;
    const before = this.#latest(this.#ends, event.sector);
    const into = before !== 0 ? before : this.#unissued(event.sector + bytes / SECTOR);
    if (into === 0 || into === row) return;
    this.#unlink(row);
    columns.state[row] = (columns.state[row] as number) | MERGED;
    const shift = (columns.queue[row] as number) - (columns.queue[into] as number);
    const bios = columns.bios[row] as number;
    columns.bios[into] = (columns.bios[into] as number) + bios;
    columns.queueSum[into] =
      (columns.queueSum[into] as number) + (columns.queueSum[row] as number) + bios * shift;
    columns.mergeSum[into] =
      (columns.mergeSum[into] as number) +
      (columns.mergeSum[row] as number) +
      (bios - 1) * shift +
      event.time -
      (columns.queue[into] as number);
    const start = Math.min(columns.sector[into] as number, columns.sector[row] as number);
    this.#resize(into, start, (columns.bytes[into] as number) + bytes);
  }

  insert(event: LaneEvent): void {
    let row = this.#unissued(event.sector);
    if (row === 0) row = this.#begin(event);
    const { columns } = this.#rows;
    if (Number.isNaN(columns.insert[row] as number)) columns.insert[row] = event.time;
    this.#restate(row, event);
  }

  issue(event: LaneEvent): void {
    let row = this.#unissued(event.sector);
    if (row === 0) {
      row = this.#begin(event);
      if (Number.isNaN(this.#rows.columns.queue[row] as number))
        this.#rows.columns.state[row] = (this.#rows.columns.state[row] as number) | BY_ISSUER;
    }
    this.#restate(row, event);
    this.#ends.remove(this.#end(row), row);
    const { columns } = this.#rows;
    columns.issue[row] = event.time;
    columns.issuer[row] = event.thread;
    this.#done.set(row, 0);
  }

  /** The driver gives it back: it waits to be issued again. */
  requeue(event: LaneEvent): void {
    let row = this.#starts.first(event.sector);
    while (row !== 0 && !this.#done.has(row)) row = this.#starts.after(row);
    if (row === 0) return;
    const { columns } = this.#rows;
    const done = this.#done.get(row) as number;
    this.#done.delete(row);
    if (done > 0) {
      // What is left of it is what will be issued; the whole is put together when it completes.
      this.#carried.set(row, done + (this.#carried.get(row) ?? 0));
      columns.sector[row] = event.sector;
      columns.bytes[row] = (columns.bytes[row] as number) - done;
    }
    columns.issue[row] = Number.NaN;
    columns.requeues[row] = (columns.requeues[row] as number) + 1;
    this.#ends.append(this.#end(row), row);
  }

  complete(event: LaneEvent): void {
    const row = this.#latestIssued(event.sector);
    if (row === 0) {
      this.#completeUnissued(event);
      return;
    }
    const { columns } = this.#rows;
    const done = (this.#done.get(row) as number) + event.bytes;
    columns.parts[row] = (columns.parts[row] as number) + 1;
    columns.error[row] = event.error;
    if (done < (columns.bytes[row] as number) && event.bytes > 0) {
      // The rest of it completes at the sector behind what is done.
      this.#done.set(row, done);
      this.#starts.remove(event.sector, row);
      this.#starts.append(event.sector + event.bytes / SECTOR, row);
      return;
    }
    this.#starts.remove(event.sector, row);
    this.#done.delete(row);
    const carried = this.#carried.get(row) ?? 0;
    if (carried > 0) {
      this.#carried.delete(row);
      columns.bytes[row] = (columns.bytes[row] as number) + carried;
      columns.sector[row] = (columns.sector[row] as number) - carried / SECTOR;
    }
    columns.complete[row] = event.time;
    this.#settleOvertaken(row, event.sector);
  }

  /** Two were at one sector, the younger was taken for complete first, and now the other completes: both were there, the elder came first. */
  #settleOvertaken(row: number, sector: number): void {
    const { columns } = this.#rows;
    const younger = this.#overtaken.get(row);
    this.#overtaken.delete(row);
    if (younger !== undefined) {
      const first = columns.complete[younger] as number;
      columns.complete[younger] = columns.complete[row] as number;
      columns.complete[row] = first;
      return;
    }
    for (let other = this.#starts.first(sector); other !== 0; other = this.#starts.after(other))
      if (this.#done.has(other) && other < row) this.#overtaken.set(other, row);
  }

  /** Flushes complete without being issued themselves; devices without requests complete bios. */
  #completeUnissued(event: LaneEvent): void {
    const { columns } = this.#rows;
    const row = this.#unissued(event.sector);
    if (row !== 0 && (columns.bytes[row] as number) <= event.bytes) {
      this.#unlink(row);
      columns.complete[row] = event.time;
      columns.parts[row] = 1;
      columns.error[row] = event.error;
      return;
    }
    const bio = row === 0 ? this.#bios.find(event.sector, event.thread) : 0;
    if (bio === 0) {
      this.strays++;
      return;
    }
    const made = this.#fromBio(bio, event);
    this.#rows.columns.state[made] = (this.#rows.columns.state[made] as number) | BIO_ONLY;
    this.#rows.columns.complete[made] = event.time;
    this.#rows.columns.parts[made] = 1;
    this.#rows.columns.error[made] = event.error;
  }

  /** A request of the bio that waits here, or of nothing that was seen. */
  #begin(event: LaneEvent): number {
    this.#giveUp(event.sector);
    const bio = this.#bios.find(event.sector, event.thread);
    const row = bio === 0 ? this.#add(event) : this.#fromBio(bio, event);
    this.#starts.append(event.sector, row);
    this.#ends.append(this.#end(row), row);
    return row;
  }

  #fromBio(bio: number, event: LaneEvent): number {
    const row = this.#add(event);
    const { columns } = this.#rows;
    columns.queue[row] = this.#bios.time[bio] as number;
    columns.submitter[row] = this.#bios.thread[bio] as number;
    columns.flags[row] = this.#bios.flags[bio] as number;
    if (this.#bios.split[bio] === 1) columns.state[row] = SPLIT;
    this.#bios.remove(bio);
    return row;
  }

  #add(event: LaneEvent): number {
    const row = this.#rows.add();
    const { columns } = this.#rows;
    columns.device[row] = this.#device;
    columns.op[row] = this.#op;
    columns.flags[row] = event.flags;
    columns.sector[row] = event.sector;
    columns.bytes[row] = event.bytes;
    columns.ioprio[row] = event.ioprio;
    columns.submitter[row] = event.thread;
    columns.bios[row] = 1;
    for (const name of ['queue', 'getrq', 'insert', 'issue', 'complete'] as const)
      columns[name][row] = Number.NaN;
    return row;
  }

  /**
   * A request overtaken at this sector and still there when a third one comes was not there at all: its
   * completion was lost. So was that of the oldest of more than anybody sends to one sector at once.
   */
  #giveUp(sector: number): void {
    let count = 0;
    for (let row = this.#starts.first(sector); row !== 0; ) {
      const next = this.#starts.after(row);
      if (this.#overtaken.delete(row)) this.#lose(sector, row);
      else count++;
      row = next;
    }
    if (count > MOST_AT_A_SECTOR) this.#lose(sector, this.#starts.first(sector));
  }

  #lose(sector: number, row: number): void {
    this.#starts.remove(sector, row);
    this.#ends.remove(this.#end(row), row);
    this.#done.delete(row);
    this.#rows.columns.state[row] = (this.#rows.columns.state[row] as number) | LOST;
  }

  /** What an event of the whole request says of it goes before what its bios added up to. */
  #restate(row: number, event: LaneEvent): void {
    const { columns } = this.#rows;
    if (event.ioprio !== NO_IOPRIO) columns.ioprio[row] = event.ioprio;
    if (event.bytes > 0 && event.bytes !== columns.bytes[row])
      this.#resize(row, columns.sector[row] as number, event.bytes);
  }

  #resize(row: number, sector: number, bytes: number): void {
    this.#unlink(row);
    this.#rows.columns.sector[row] = sector;
    this.#rows.columns.bytes[row] = bytes;
    this.#starts.append(sector, row);
    this.#ends.append(this.#end(row), row);
  }

  #unlink(row: number): void {
    this.#starts.remove(this.#rows.columns.sector[row] as number, row);
    this.#ends.remove(this.#end(row), row);
  }

  #end(row: number): number {
    const { sector, bytes } = this.#rows.columns;
    return (sector[row] as number) + (bytes[row] as number) / SECTOR;
  }

  /** The oldest request that begins here and was not issued; 0 = none. */
  #unissued(sector: number): number {
    let row = this.#starts.first(sector);
    while (row !== 0 && this.#done.has(row)) row = this.#starts.after(row);
    return row;
  }

  #latest(chains: Chains, sector: number): number {
    let row = chains.first(sector);
    for (let next = chains.after(row); row !== 0 && next !== 0; next = chains.after(row)) row = next;
    return row;
  }

  /** The youngest issued request that begins here: an older one may have lost its completion. */
  #latestIssued(sector: number): number {
    let found = 0;
    for (let row = this.#starts.first(sector); row !== 0; row = this.#starts.after(row))
      if (this.#done.has(row)) found = row;
    return found;
  }
}
