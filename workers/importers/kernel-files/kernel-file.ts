import type { CgroupFile } from '../../../model/cgroup-file.ts';

/** What a series is of: sort and name, `cgroup` `/psched`. The sorts are those of the glossary. */
export interface Entity {
  readonly kind:
    | 'host'
    | 'cpu'
    | 'device'
    | 'cgroup'
    | 'process'
    | 'thread'
    | 'node'
    | 'pressure'
    | 'irq'
    | 'interface';
  readonly name: string;
}

/**
 * Where the reader of a copied file puts what it finds. Times come from the name of the file. Names of series are
 * what the kernel calls them, with the file where the key alone is not clear; units are those of model/units.ts,
 * or `ticks` (of USER_HZ) and `pages`.
 */
export interface KernelFileWriter {
  /** Path in the live system; empty when only the content told what the file is. */
  readonly path: string;
  /** Name of the copy as the user would write it. */
  readonly file: string;
  readonly cgroup: CgroupFile | undefined;
  /** Files a reading that stands for itself. Without an entity it is of the host, or of the cgroup whose file this is. */
  gauge(name: string, unit: string, value: number, of?: Entity): void;
  /** Files a reading of a count that only grows. */
  cumulative(name: string, unit: string, value: number, of?: Entity): void;
  /** Something a file says of its host, once: a name, a version. */
  fact(key: string, value: string): void;
  /** What a knob is set to; of the file itself unless another path is given. */
  setting(value: string, path?: string): void;
  /** Counts an entry that could not be understood. */
  skip(): void;
  /** Counts an entry that is understood and holds nothing. */
  ignore(): void;
}

/** One sort of file of /proc or /sys (or of a cgroup) whose byte-exact copies are read. */
export interface KernelFile {
  /** Path, or pattern of paths, as people write it: `/proc/pressure/*`. */
  readonly id: string;
  /** Paths in the live system. Absent: the content alone decides. */
  readonly path?: RegExp;
  /** What the content must look like; where the path is not known it decides alone, so absent means `only with its path`. */
  readonly content?: (text: string) => boolean;
  read(text: string, out: KernelFileWriter): void;
}
