/** What a simulated task does: its own requests one after the other, or recorded ones. */
export interface TaskModel {
  readonly name: string;
  readonly pattern: 'sequential' | 'random';
  readonly write: boolean;
  /** Bytes of one operation. */
  readonly bytes: number;
  /** Bytes; the part of the device it works on. */
  readonly offset: number;
  readonly range: number;
  /** Operations it keeps in flight. */
  readonly depth: number;
  /** Operations it submits in one call, and waits for together; at most `depth`. Absent: 1. */
  readonly batch?: number;
  /** Somebody waits for the data: reads, O_DIRECT and O_SYNC writes. */
  readonly sync: boolean;
  /** Writes go to the page cache, and the flusher writes them back. */
  readonly buffered: boolean;
  /** As ionice: 1 real time, 2 best effort, 3 idle; 0 highest to 7. */
  readonly priorityClass: 1 | 2 | 3;
  readonly priorityLevel: number;
  /** ns between a completion and the next submission, besides the host's own overhead. */
  readonly thinkTime: number;
  /** ns from the start of the run. */
  readonly start: number;
  /** Of a mix of reads and writes, the share of reads, 0 to 1; each is drawn. Absent: all are what `write` says. */
  readonly readShare?: number;
  /** Sizes drawn by weight, instead of `bytes`, which is their mean then: bytes, multiples of 512. */
  readonly sizes?: readonly { readonly bytes: number; readonly weight: number }[];
  /** Operations a second it does not exceed on average, counted from its start; absent: as fast as it may. */
  readonly mostRate?: number;
  /** Operations after which it ends; absent: it goes on to the end of the run. */
  readonly operations?: number;
  /** Recorded operations, instead of a pattern: columns of equal length. */
  readonly recorded?: RecordedOperations;
}

/** Operations of one task in order; each is submitted `thinkTime` after the completion before it (depth 1). */
export interface RecordedOperations {
  /** First sector (512 B). */
  readonly sector: readonly number[];
  readonly sectors: readonly number[];
  readonly write: readonly (0 | 1)[];
  readonly sync: readonly (0 | 1)[];
  /** ns. */
  readonly thinkTime: readonly number[];
  /** Begins anew after the last, instead of ending. */
  readonly repeats?: boolean;
}

/** What a task of a capture was measured to do: units as in TaskPrediction, latencies from queueing to completion. */
export interface CapturedTask extends Omit<TaskPrediction, 'bytes'> {
  /** Requests of the flusher: their bytes tell of the writers, their number and latencies do not. */
  readonly writeBack: boolean;
  /**
   * Share of the time in which it submitted that it waited for a request: where that is half and more, the latencies
   * of its requests do not tell what the program saw, whose other operations stood behind.
   */
  readonly held: number;
  /** The job of fio it is, when fio's report lies beside the trace. */
  readonly job?: string;
}

/** The captured scheduler simulated, against what it was measured to do: relative errors, simulated / measured − 1. */
export interface ReplayError {
  readonly task: string;
  /** Of bytes a second; of write-back those that reach the device. */
  readonly rate: number;
  /** NaN: fewer than 100 operations, write-back, or a task whose latencies the block layer does not see whole. */
  readonly p99: number;
}

/** What a queue was set to. */
export interface CapturedQueue {
  /** `none [mq-deadline] kyber`. */
  readonly listed: string;
  readonly scheduler: string;
  readonly tunables: Readonly<Record<string, string>>;
  /** Of these, what differs from the defaults of the scheduler: choosing it again brings back the others. */
  readonly changed: readonly string[];
}

/** The capture a workload was fitted to. */
export interface Capture {
  /** Undefined: the capture does not tell, and nobody said. */
  readonly scheduler?: string;
  /** Name in /sys/block, when it is known. */
  readonly device?: string;
  /** Release of the kernel, as uname -r has it. */
  readonly kernel?: string;
  /** What queue/scheduler said, and the files below queue/iosched/, as they stand. */
  readonly queue?: CapturedQueue;
  readonly tasks: readonly CapturedTask[];
  /** Of the device used against the capture; `heldOut`: of requests its fit has not seen. */
  readonly demerit: {
    readonly read: number;
    readonly write: number;
    readonly reads: number;
    readonly writes: number;
    readonly heldOut: boolean;
  };
  /** Absent: the captured scheduler is not known or not simulated. */
  readonly replay?: readonly ReplayError[];
  readonly notes: readonly string[];
}

export interface Workload {
  readonly name: string;
  readonly tasks: readonly TaskModel[];
  /** ns for which tasks submit; what is in flight then is still served. */
  readonly duration: number;
  /** Dirty pages of the machine it runs on, where they differ from the built-in host's. */
  readonly pageCache?: Partial<PageCacheLimits>;
  /** What was assumed where the description does not tell. */
  readonly notes?: readonly string[];
}

/** A rotating disk. Times in µs unless said otherwise. */
export interface DiskModel {
  readonly kind: 'disk';
  readonly name: string;
  readonly bytes: number;
  readonly rotationsPerMinute: number;
  /** MB/s (10⁶) of the media, outermost zone first; zones are of equal size. */
  readonly zoneRates: readonly number[];
  /** Seek time: `settle + a·√x` up to `knee` of the stroke where it is `kneeSeek`, then linear to `fullSeek`. */
  readonly settle: number;
  readonly knee: number;
  readonly kneeSeek: number;
  readonly fullSeek: number;
  readonly writeSettle: number;
  /** By how much the start of a track lags that of the track before. */
  readonly trackSkew: number;
  readonly overhead: number;
  /** Bytes read ahead behind a read; 0: no cache. MB/s of the interface for what is found there. */
  readonly readAhead: number;
  readonly interfaceRate: number;
  /** Requests the device takes at once. */
  readonly queueDepth: number;
  /** Serves the request it reaches first (NCQ), not the oldest. */
  readonly reorders: boolean;
  /** With `reorders`, a request that has waited longer than this goes first. Absent: as long as a full queue in order takes at most. */
  readonly longestWait?: number;
  /** From the end of the service until the host knows. */
  readonly reply: number;
}

/** Flash: channels that serve one operation each, a write buffer in front. Times in µs. */
export interface SsdModel {
  readonly kind: 'ssd';
  readonly name: string;
  readonly bytes: number;
  readonly channels: number;
  /** Bytes that lie on one channel before the next one's turn. */
  readonly stripe: number;
  readonly pageBytes: number;
  readonly readPage: number;
  readonly programPage: number;
  /** MB/s between a channel and the controller, and of the whole interface. */
  readonly channelRate: number;
  readonly interfaceRate: number;
  /** Bytes of writes taken before they are on flash, and the time that takes. */
  readonly writeBuffer: number;
  readonly bufferedWrite: number;
  readonly overhead: number;
  readonly queueDepth: number;
  readonly reply: number;
}

/** Equal disks behind one queue, striped (RAID 0). */
export interface ArrayModel {
  readonly kind: 'array';
  readonly name: string;
  /** What the host may use of it; at most what all disks have. */
  readonly bytes: number;
  readonly spindles: number;
  /** Bytes that lie on one disk before the next one's turn. */
  readonly stripe: number;
  /** Its `queueDepth` is of what it looks at when it reorders, its `reply` is not used. */
  readonly disk: DiskModel;
  /** MB/s of the link between the array and the host. */
  readonly interfaceRate: number;
  readonly queueDepth: number;
  /** µs from the end of the service until the host knows. */
  readonly reply: number;
}

export type DeviceModel = DiskModel | SsdModel | ArrayModel;

export const schedulerNames = [
  'noop',
  'deadline',
  'anticipatory',
  'cfq',
  'none',
  'mq-deadline',
  'kyber',
  'bfq',
] as const;
export type SchedulerName = (typeof schedulerNames)[number];

/** Kept by the kernel for a device as long as it exists, from one run to the next; bytes/s. */
export interface WriteEstimates {
  /** Smoothed speed of write-back: avg_write_bandwidth. */
  readonly bandwidth: number;
  /** What writers are held to: dirty_ratelimit. With `strictLimit` it falls and never rises. */
  readonly limit: number;
}

/** How many dirty pages there may be, and how fast they may become more. */
export interface PageCacheLimits {
  /** Bytes of dirty pages no writer may pass (`vm.dirty_ratio` of what is available), and down to which the flusher writes. */
  readonly dirtyLimit: number;
  readonly dirtyBackground: number;
  /** The limits are the device's own: `strict_limit` and `max_bytes` of its /sys/class/bdi. */
  readonly strictLimit: boolean;
  /** What the kernel knows of the device's writing when the run begins. */
  readonly writeEstimates: WriteEstimates;
}

/** The machine around the scheduler. */
export interface HostModel extends PageCacheLimits {
  /** Timer frequency (CONFIG_HZ). */
  readonly hz: number;
  /** `nr_requests`: of blk-mq the scheduler's tags, of the older layer requests per direction. 0: the kernel's default. */
  readonly requests: number;
  /** `max_sectors_kb`. */
  readonly maxSectorsKb: number;
  /** `nomerges`: 0 all merges, 1 only with the last, 2 none. */
  readonly noMerges: 0 | 1 | 2;
  /** ns a task needs from a completion to its next submission; every turn is drawn around it. */
  readonly turnaround: number;
  /** ns to copy one page into the cache. */
  readonly copyPage: number;
  readonly cpus: number;
  /** Chances that a task that has slept goes on elsewhere than on the CPU it likes best, and that it comes back there. */
  readonly leaveCpu: number;
  readonly returnCpu: number;
  /** Share of sleeps that end one tick later than the timer was set to. */
  readonly lateTimers: number;
}

export interface TaskPrediction {
  readonly task: string;
  /** Operations completed. */
  readonly n: number;
  readonly bytes: number;
  /** Operations and bytes per second, until the task's last completion. */
  readonly rate: number;
  readonly byteRate: number;
  /** ns from submission to completion. */
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** How far the model was from measured runs: what a prediction can be trusted for. */
export interface ValidationError {
  /** Largest and mean relative error of rates, and of 99th percentiles, over the jobs compared. */
  readonly rateMean: number;
  readonly rateMax: number;
  readonly p99Mean: number;
  readonly p99Max: number;
  /** Jobs compared. */
  readonly n: number;
  readonly against: string;
  /** Measured with the scheduler's default tunables, not with these: the least error to expect. */
  readonly ofDefaults?: true;
  /** Of a change of scheduler, the two it is the larger of: the captured scheduler simulated again, … */
  readonly replay?: Pick<ValidationError, 'rateMean' | 'rateMax' | 'n'>;
  /** … and predictions of this scheduler from captures under others, where both were recorded. */
  readonly across?: AcrossErrors;
}

export type AcrossErrors = Pick<ValidationError, 'rateMean' | 'rateMax' | 'p99Mean' | 'p99Max' | 'n'>;

/** A figure over seeds: mean, smallest and largest. NaN where nothing completed. */
export interface SeedSpread {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** What a task is predicted to achieve; units as in TaskPrediction. */
export interface TaskForecast {
  readonly task: string;
  /** Operations completed, of all seeds. */
  readonly n: number;
  readonly rate: SeedSpread;
  readonly byteRate: SeedSpread;
  readonly latencyMean: SeedSpread;
  readonly p50: SeedSpread;
  readonly p99: SeedSpread;
  readonly max: SeedSpread;
}

export interface SchedulerPrediction {
  readonly scheduler: SchedulerName;
  /** The kernel whose source was followed. */
  readonly modelled: string;
  /** What differs from the defaults. */
  readonly settings: Readonly<Record<string, number>>;
  readonly tasks: readonly TaskForecast[];
  /** Bytes and operations per second of all tasks, share of the run in which the device was busy. */
  readonly rate: SeedSpread;
  readonly byteRate: SeedSpread;
  readonly busy: SeedSpread;
  /** Bytes a second the flusher writes to the device while tasks submit; absent without buffered writers. */
  readonly writeBackRate?: SeedSpread;
  /** Absent: nobody has compared this scheduler, device and settings with a measured run. */
  readonly validation?: ValidationError;
  /** Absent: no device was named, or it cannot be chosen there. */
  readonly apply?: ApplyCommands;
  /** Why the kernel of the capture (or of --kernel) cannot have it. */
  readonly notOnThisKernel?: string;
}

/** Commands to choose a scheduler. */
export interface ApplyCommands {
  readonly kernel: 'blk-mq' | 'legacy';
  /** Parameter to boot the kernel with before any of this. */
  readonly boot?: string;
  readonly show: string;
  readonly apply: readonly string[];
  readonly undo: readonly string[];
  readonly persist: string;
  readonly note: string;
}

export interface Simulation {
  readonly version: string;
  readonly workload: string;
  readonly device: string;
  /** ns, of one seed. */
  readonly duration: number;
  readonly seeds: readonly number[];
  readonly hz: number;
  /** Release of the kernel that commands are for; absent: nobody said, commands are for any. */
  readonly kernel?: string;
  readonly predictions: readonly SchedulerPrediction[];
  /** Absent: the workload was described, not captured. */
  readonly capture?: Capture;
  /** What was assumed where the description of the workload does not tell. */
  readonly notes: readonly string[];
  readonly caveats: readonly string[];
}
