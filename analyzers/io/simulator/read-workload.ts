import { Problem } from '../../../model/problem.ts';
import type {
  DeviceModel,
  PageCacheLimits,
  RecordedOperations,
  TaskModel,
  Workload,
  WriteEstimates,
} from '../../../model/simulation.ts';
import {
  booleanField,
  choiceField,
  type FieldReaders,
  integerField,
  listField,
  numberField,
  optionalField,
  parseJson,
  readObject,
  textField,
  unexpected,
} from './fields.ts';
import { parseFioJob } from './fio-job.ts';
import { defaultHost } from './host.ts';

const HOUR = 3600e9;
const MOST_BYTES = 2 ** 46;
/** Keeps what is in flight within some hundred MB. */
const MOST_IN_FLIGHT = 2 ** 30;
/** Dirty pages in small ranges take memory here too. */
const MOST_DIRTY = 2 ** 32;
const sectorList = (most: number) => listField(integerField(0, most), 1, 1e6);
const bits = listField(choiceField([0, 1] as const), 1, 1e6);

const recordedFields: FieldReaders<RecordedOperations> = {
  sector: sectorList(MOST_BYTES / 512),
  sectors: listField(integerField(1, 2 ** 16), 1, 1e6),
  write: bits,
  sync: bits,
  thinkTime: sectorList(HOUR),
  repeats: optionalField(booleanField()) as FieldReaders<RecordedOperations>['repeats'],
};
const sizeFields: FieldReaders<NonNullable<TaskModel['sizes']>[number]> = {
  bytes: integerField(512, 2 ** 26),
  weight: numberField(0, 1e9),
};
const taskFields: FieldReaders<TaskModel> = {
  name: textField(),
  pattern: choiceField(['sequential', 'random'] as const, 'random'),
  write: booleanField(false),
  bytes: integerField(512, 2 ** 26, 4096),
  offset: integerField(0, MOST_BYTES, 0),
  range: integerField(512, MOST_BYTES),
  depth: integerField(1, 4096, 1),
  batch: optionalField(integerField(1, 4096)) as FieldReaders<TaskModel>['batch'],
  sync: booleanField(true),
  buffered: booleanField(false),
  priorityClass: choiceField([1, 2, 3] as const, 2),
  priorityLevel: integerField(0, 7, 4),
  thinkTime: integerField(0, HOUR, 0),
  start: integerField(0, HOUR, 0),
  readShare: optionalField(numberField(0, 1)) as FieldReaders<TaskModel>['readShare'],
  sizes: optionalField(
    listField((value, place) => readObject(sizeFields, value, place), 1, 64),
  ) as FieldReaders<TaskModel>['sizes'],
  mostRate: optionalField(numberField(0.001, 1e9)) as FieldReaders<TaskModel>['mostRate'],
  operations: optionalField(integerField(1, 1e9)) as FieldReaders<TaskModel>['operations'],
  recorded: optionalField((value, place) =>
    readObject(recordedFields, value, place),
  ) as FieldReaders<TaskModel>['recorded'],
};
const estimateFields: FieldReaders<WriteEstimates> = {
  bandwidth: integerField(4096, MOST_BYTES),
  limit: integerField(4096, MOST_BYTES),
};
const pageCacheFields: FieldReaders<Partial<PageCacheLimits>> = {
  dirtyLimit: optionalField(integerField(2 ** 20, MOST_DIRTY)) as FieldReaders<PageCacheLimits>['dirtyLimit'],
  dirtyBackground: optionalField(
    integerField(2 ** 16, MOST_DIRTY),
  ) as FieldReaders<PageCacheLimits>['dirtyBackground'],
  strictLimit: optionalField(booleanField()) as FieldReaders<PageCacheLimits>['strictLimit'],
  writeEstimates: optionalField((value, place) =>
    readObject(estimateFields, value, place),
  ) as FieldReaders<PageCacheLimits>['writeEstimates'],
};
const workloadFields: FieldReaders<Workload> = {
  name: textField('workload'),
  duration: integerField(1e6, HOUR, 20e9),
  notes: optionalField(listField(textField(), 0, 100)) as FieldReaders<Workload>['notes'],
  tasks: listField((value, place) => readObject(taskFields, value, place), 1, 256),
  pageCache: optionalField((value, place) =>
    readObject(pageCacheFields, value, place),
  ) as FieldReaders<Workload>['pageCache'],
};

/** A workload from JSON (the text begins with a brace) or a fio job file, checked field by field. */
export function readWorkload(text: string, file: string): Workload {
  const json = /^\s*\{/.test(text);
  const found = json ? parseJson(text, file) : parseFioJob(text, file);
  const workload = readObject(workloadFields, found, { file, path: '' });
  for (const [i, task] of workload.tasks.entries()) checkTask(task, { file, path: `tasks[${i}]` });
  checkLimits(workload.pageCache, file);
  return workload;
}

/** A background limit at or above the limit leaves no room between. */
function checkLimits(pageCache: Workload['pageCache'], file: string): void {
  const { dirtyLimit, dirtyBackground } = { ...defaultHost, ...pageCache };
  if (dirtyBackground >= dirtyLimit)
    throw unexpected(
      { file, path: 'pageCache.dirtyBackground' },
      `less than dirtyLimit, ${dirtyLimit}`,
      dirtyBackground,
    );
}

function checkTask(task: TaskModel, { file, path }: { file: string; path: string }): void {
  const {
    bytes,
    range,
    offset,
    depth,
    batch,
    buffered,
    write,
    recorded,
    sizes = [],
    readShare,
    mostRate,
  } = task;
  const wrong = (field: string, expected: string, value: unknown): Problem =>
    unexpected({ file, path: `${path}.${field}` }, expected, value);
  if (bytes % 512 !== 0) throw wrong('bytes', 'a multiple of 512', bytes);
  if (offset % 512 !== 0) throw wrong('offset', 'a multiple of 512', offset);
  if (range < bytes) throw wrong('range', `at least the ${bytes} bytes of one operation`, range);
  if (bytes * depth > MOST_IN_FLIGHT)
    throw wrong('depth', `at most ${MOST_IN_FLIGHT} bytes in flight`, depth);
  if (batch !== undefined && batch > depth) throw wrong('batch', `at most depth (${depth})`, batch);
  if (buffered && !write) throw wrong('buffered', 'false for reads', buffered);
  for (const [i, size] of sizes.entries())
    if (size.bytes % 512 !== 0 || size.bytes > range)
      throw wrong(`sizes[${i}].bytes`, `a multiple of 512 within range (${range})`, size.bytes);
  if (sizes.length > 0 && !sizes.some(({ weight }) => weight > 0))
    throw wrong('sizes', 'a weight above 0', 0);
  if (sizes.reduce((most, size) => Math.max(most, size.bytes), 0) * depth > MOST_IN_FLIGHT)
    throw wrong('depth', `at most ${MOST_IN_FLIGHT} bytes in flight`, depth);
  if (buffered && readShare !== undefined)
    throw wrong('readShare', 'nothing for buffered writers', readShare);
  if (buffered && mostRate !== undefined) throw wrong('mostRate', 'nothing for buffered writers', mostRate);
  if (recorded === undefined) return;
  if (sizes.length > 0 || readShare !== undefined)
    throw wrong('recorded', 'nothing beside sizes and readShare', 'operations');
  for (const [name, column] of Object.entries(recorded))
    if (Array.isArray(column) && column.length !== recorded.sector.length)
      throw wrong(`recorded.${name}`, `${recorded.sector.length} values, as many as sector`, column.length);
  if (depth !== 1) throw wrong('depth', '1 for recorded operations', depth);
}

/** Throws when a task would work beyond the end of the device. */
export function checkFits({ tasks }: Workload, device: DeviceModel, file: string): void {
  for (const { name, offset, range, recorded } of tasks) {
    const end =
      recorded === undefined
        ? offset + range
        : recorded.sector.reduce((all, sector, i) => Math.max(all, sector + (recorded.sectors[i] ?? 0)), 0) *
          512;
    if (end <= device.bytes) continue;
    throw new Problem({
      code: 'broken',
      message: `task ${name} works up to byte ${end}, and ${device.name} ends at ${device.bytes}`,
      file,
      hint: 'lower offset or range (size of fio), or describe a larger device with --device FILE.json',
    });
  }
}
