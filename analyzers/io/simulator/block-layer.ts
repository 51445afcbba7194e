/**
 * Between tasks and device: who may submit, what is queued where, when the queue runs. One value per layer
 * of the kernel's: see layers/.
 */
export interface BlockLayer {
  /**
   * Submits a piece. `plugged`: more may follow at once, so it may be held on the task's plug list until `unplug`.
   * False: the task has to wait, and `resume(task)` will be called when it may try again; the piece is still the task's.
   */
  submit(piece: number, task: number, plugged: boolean): boolean;
  /** The task has submitted what it had; `waits`: it goes to sleep until something is completed or a tag comes free. */
  unplug(task: number, waits: boolean): void;
  /** The device is done with a request and the host has been told. */
  completed(row: number): void;
  /** Runs the queue, if there is anything to run. */
  run(): void;
  /** Pieces merged into others. */
  merges(): number;
}

export interface LayerHost {
  now(): number;
  /** Gives a request to the device. */
  issue(row: number): void;
  /** Requests in the device. */
  inDriver(): number;
  readonly depth: number;
  /** Timer frequency. */
  readonly hz: number;
  /** Lets a waiting task try again: at once, or once it has been woken and has got a CPU. */
  resume(task: number, when: 'now' | 'woken'): void;
  /** Asks for `run` in so many ns. */
  runLater(delay: number): void;
}
