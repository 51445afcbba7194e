/** A file below a path the user gave, with what its content is. */
export interface FoundFile {
  /** Relative to the path given, `/` between directories. */
  readonly name: string;
  /** Id of the importer that reads it; `saved` for a saved run or report; undefined when nobody reads it. */
  readonly kind: string | undefined;
}

/** Files of one run. */
export interface FoundRun {
  /** Relative to the path given; empty when the path itself is the run. */
  readonly name: string;
  readonly files: readonly string[];
}

/** A directory of one moment of a time series: part of its run. */
const snapshot = /^snap-\d+_/;
/** `run-01`, `rep_3`, `07`, `iteration12`: one of several. */
const numbered = /(?:^|[-_.a-z])\d+$/i;
/** Top of a copied file system, not a run. */
const systemTree = /^(?:proc|sys|etc|var|sos_commands|before|after|before@.*|after@.*)$/;
/** Importers that read a whole recording: several such files in one place are several runs. */
const recordings = new Set([
  'perf-script',
  'folded',
  'cpuprofile',
  'ftrace',
  'trace-dat',
  'function-graph',
  'results',
  'perf-stat',
]);

/**
 * Which files belong to one run. Saved runs are a run each. Numbered directories are a run each,
 * whatever they hold. Files side by side are a run each when all are recordings of one format, or
 * when numbered prefixes pair them up (`01.perf.txt`, `01.result.txt`); else they are one run.
 */
export function groupRuns(files: readonly FoundFile[]): FoundRun[] {
  return grouped(files).sort((a, b) => names.compare(a.name, b.name));
}

/** Importer of what knobs were set to. */
const SETTINGS = 'settings';

/** `rep-2` before `rep-10`, in whatever order a file system or archive lists them: halves of a group are halves in time. */
const names = new Intl.Collator('en', { numeric: true });

function grouped(files: readonly FoundFile[]): FoundRun[] {
  const saved = files.filter(({ kind }) => kind === 'saved');
  if (saved.length > 0) return saved.map(({ name }) => ({ name, files: [name] }));
  const readable = files.filter(({ kind }) => kind !== undefined);
  const direct = readable.filter(({ name }) => !name.includes('/'));
  const below = new Map<string, FoundFile[]>();
  for (const file of readable) {
    const [top = '', ...rest] = file.name.split('/');
    if (rest.length === 0) continue;
    const own = below.get(top);
    if (own === undefined) below.set(top, [file]);
    else own.push(file);
  }
  const directories = [...below.keys()].filter((name) => !snapshot.test(name));
  const [only] = directories;
  if (
    directories.length === 1 &&
    direct.length === 0 &&
    only !== undefined &&
    below.size === 1 &&
    !systemTree.test(only)
  ) {
    const inner = grouped(
      (below.get(only) ?? []).map(({ name, kind }) => ({ name: name.slice(only.length + 1), kind })),
    );
    return inner.map((run) => ({
      name: run.name === '' ? only : `${only}/${run.name}`,
      files: run.files.map((name) => `${only}/${name}`),
    }));
  }
  const runs = directories.filter((name) => numbered.test(name));
  const others = directories.filter((name) => !numbered.test(name) && !systemTree.test(name));
  if (runs.length > others.length) {
    // What lies beside numbered runs is about all of them: notes, tables of results, samples of formats. Of these only settings tell something of each run.
    const settings = direct.filter(({ kind }) => kind === SETTINGS);
    return runs.map((name) => ({
      name,
      files: [...(below.get(name) ?? []), ...settings].map((file) => file.name),
    }));
  }
  if (
    directories.length > 1 &&
    direct.length === 0 &&
    below.size === directories.length &&
    !directories.some((name) => systemTree.test(name))
  ) {
    return directories.map((name) => ({ name, files: (below.get(name) ?? []).map((file) => file.name) }));
  }
  if (below.size === 0) return groupFiles(direct);
  return [{ name: '', files: readable.map(({ name }) => name) }];
}

/** Settings beside recordings that are a run each are those of every run. */
function groupFiles(all: readonly FoundFile[]): FoundRun[] {
  const settings = all.filter(({ kind }) => kind === SETTINGS);
  const runs = groupRecordings(
    settings.length === all.length ? all : all.filter((file) => !settings.includes(file)),
  );
  if (settings.length === all.length) return runs;
  return runs.map(({ name, files }) => ({ name, files: [...files, ...settings.map((file) => file.name)] }));
}

function groupRecordings(files: readonly FoundFile[]): FoundRun[] {
  const all = { name: '', files: files.map(({ name }) => name) };
  if (files.length < 2) return files.length === 0 ? [] : [all];
  const kinds = new Set(files.map(({ kind }) => kind));
  const [kind] = kinds;
  if (kinds.size === 1 && recordings.has(kind ?? ''))
    return files.map(({ name }) => ({ name, files: [name] }));
  const stems = new Map<string, string[]>();
  for (const { name } of files) {
    const stem = name.slice(0, Math.max(1, name.indexOf('.')));
    stems.set(stem, [...(stems.get(stem) ?? []), name]);
  }
  const shapes = new Set(
    [...stems].map(([stem, names]) =>
      names
        .map((name) => name.slice(stem.length))
        .sort()
        .join('\n'),
    ),
  );
  const paired =
    stems.size > 1 &&
    shapes.size === 1 &&
    [...stems].every(([stem, names]) => numbered.test(stem) && names.length > 1);
  return paired ? [...stems].map(([name, names]) => ({ name, files: names })) : [all];
}
