import type { Trace } from '../model/trace.ts';
import { plainTensors } from './tensor/plain.ts';
import type { TensorChoice, Tensors } from './tensor/tensors.ts';

/** What the user asked of the analysis. */
export interface AnalysisOptions {
  /** Timer frequency of the kernel, CONFIG_HZ, when the user knows it. */
  readonly hz?: number;
  /** Seconds from the start of the trace at which the load average is to be split, besides its peak and the end. */
  readonly loadAt?: number;
  /** Look for phases and odd windows; absent = yes. */
  readonly phases?: boolean;
  /** Backend for tensors; absent = the best there is. */
  readonly tensors?: TensorChoice;
}

/** What an analyzer sees: the trace, and everything derived from it so far. */
export class Context {
  readonly trace: Trace;
  /** The only source of randomness, so that one trace gives one report. */
  readonly seed: number;
  readonly options: AnalysisOptions;
  /** Dense algebra. Whoever analyses puts TensorFlow.js here when it will be needed: it takes time to load. */
  tensors: Tensors = plainTensors;
  readonly #derived = new Map<unknown, unknown>();

  constructor(trace: Trace, options: AnalysisOptions = {}, seed = 1) {
    this.trace = trace;
    this.options = options;
    this.seed = seed;
  }

  /** The result of `make`, computed the first time it is asked for. `make` is the key. */
  derive<Result>(make: (context: Context) => Result): Result {
    if (!this.#derived.has(make)) this.#derived.set(make, make(this));
    return this.#derived.get(make) as Result;
  }
}
