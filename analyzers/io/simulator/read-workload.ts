import { Problem } from '../../../model/problem.ts';
import type { DeviceModel, RecordedOperations, TaskModel, Workload } from '../../../model/simulation.ts';
import {
  booleanField,
  choiceField,
  type FieldReaders,
  integerField,
  listField,
  optionalField,
  parseJson,
  readObject,
  textField,
  unexpected,
} from './fields.ts';
import { parseFioJob } from './fio-job.ts';

const HOUR = 3600e9;
const MOST_BYTES = 2 ** 46;
/** Keeps what is in flight within some hundred MB. */
const MOST_IN_FLIGHT = 2 ** 30;
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
  operations: optionalField(integerField(1, 1e9)) as FieldReaders<TaskModel>['operations'],
  recorded: optionalField((value, place) =>
    readObject(recordedFields, value, place),
  ) as FieldReaders<TaskModel>['recorded'],
};
const workloadFields: FieldReaders<Workload> = {
  name: textField('workload'),
  duration: integerField(1e6, HOUR, 20e9),
  tasks: listField((value, place) => readObject(taskFields, value, place), 1, 256),
};

/** A workload from JSON (the text begins with a brace) or a fio job file, checked field by field. */
export function readWorkload(text: string, file: string): Workload {
  const json = /^\s*\{/.test(text);
  const found = json ? parseJson(text, file) : parseFioJob(text, file);
  const workload = readObject(workloadFields, found, { file, path: '' });
  for (const [i, task] of workload.tasks.entries()) checkTask(task, { file, path: `tasks[${i}]` });
  return workload;
}

function checkTask(task: TaskModel, { file, path }: { file: string; path: string }): void {
  const { bytes, range, offset, depth, batch, buffered, write, recorded } = task;
  const wrong = (field: string, expected: string, value: unknown): Problem =>
    unexpected({ file, path: `${path}.${field}` }, expected, value);
  if (bytes % 512 !== 0) throw wrong('bytes', 'a multiple of 512', bytes);
  if (offset % 512 !== 0) throw wrong('offset', 'a multiple of 512', offset);
  if (range < bytes) throw wrong('range', `at least the ${bytes} bytes of one operation`, range);
  if (bytes * depth > MOST_IN_FLIGHT)
    throw wrong('depth', `at most ${MOST_IN_FLIGHT} bytes in flight`, depth);
  if (batch !== undefined && batch > depth) throw wrong('batch', `at most depth (${depth})`, batch);
  if (buffered && !write) throw wrong('buffered', 'false for reads', buffered);
  if (recorded === undefined) return;
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
