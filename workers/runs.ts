import { readFile, stat } from 'node:fs/promises';
import { glob, isDynamicPattern } from 'tinyglobby';
import { Problem } from '../model/problem.ts';
import { archiveAround } from './archive-path.ts';
import { type Content, contentsOf, openProblem } from './content.ts';
import { defaultImportOptions } from './importers/importer.ts';
import { resolveInputs } from './inputs.ts';
import { chooseImporter } from './plan.ts';
import { type FoundFile, groupRuns } from './run-grouping.ts';

/** One run that can be read: a saved one, or the dumps it is made of. */
export interface RunSource {
  /** As the user would say it: the path of the file or directory. */
  readonly name: string;
  readonly kind: 'saved' | 'dumps';
  /** Paths for the file system; of an archive, the archive. */
  readonly paths: readonly string[];
  /** Names of contents to read, where an archive holds more than this run. */
  readonly members?: ReadonlySet<string>;
  /** What a `vtune.json` beside the dumps says of the run. */
  readonly labels: Readonly<Record<string, string>>;
}

/** File beside the dumps of a run that names what it was: `{"labels": {"scheduler": "kyber"}}`. */
const LABELS = 'vtune.json';
const savedRun = /^\s*\{\s*"format"\s*:\s*"vtune-run"/;
const report = /^\s*\{\s*"version"\s*:\s*\d+\s*,\s*"generator"\s*:\s*\{\s*"name"\s*:\s*"vtune"/;
const comparison = /^\s*\{\s*"kind"\s*:\s*"comparison"/;

/**
 * Runs behind one PATH: a dump, a saved run or report, a directory or archive of either, a
 * directory inside an archive (`runs.tar.gz/free`), or a pattern of any of these.
 */
export async function findRuns(path: string): Promise<RunSource[]> {
  if (path === '-') return [{ name: 'stdin', kind: 'dumps', paths: ['-'], labels: {} }];
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isDirectory()) return inDirectory(path);
  if (stats !== undefined) return inFile(path, '');
  const archive = await archiveAround(path);
  if (archive !== undefined) return inFile(archive, path.slice(archive.length + 1).replace(/\/+$/, ''));
  if (isDynamicPattern(path)) {
    const found = (await glob(path, { onlyFiles: false, expandDirectories: false })).sort();
    if (found.length > 0)
      return (await Promise.all(found.map((each) => findRuns(each.replace(/\/$/, ''))))).flat();
  }
  throw openProblem(path, Object.assign(new Error('not found'), { code: 'ENOENT' }));
}

async function inDirectory(path: string): Promise<RunSource[]> {
  const prefix = `${path.replace(/\/+$/, '')}/`;
  const inputs = await resolveInputs([path]);
  const files: FoundFile[] = [];
  for (const { path: file } of inputs) {
    const name = file.slice(prefix.length);
    if (name.split('/').at(-1) === LABELS) continue;
    files.push({ name, kind: await kindOfFile(file) });
  }
  const runs = groupRuns(files);
  if (runs.length === 0) throw nothingIn(path);
  const kinds = new Map(files.map(({ name, kind }) => [name, kind] as const));
  return Promise.all(
    runs.map(async (run) => ({
      name: run.name === '' ? path : prefix + run.name,
      kind: kinds.get(run.files[0] ?? '') === 'saved' ? ('saved' as const) : ('dumps' as const),
      paths: run.files.map((name) => prefix + name),
      labels: await labelsBeside(prefix + run.name),
    })),
  );
}

/** A file that is a run of its own, or an archive with runs below `inside`. */
async function inFile(path: string, inside: string): Promise<RunSource[]> {
  const files: FoundFile[] = [];
  let archive = false;
  const prefix = inside === '' ? '' : `${inside}/`;
  for await (const content of contentsOf(path, () => undefined)) {
    const member = content.name.startsWith(`${path}!`)
      ? content.name.slice(path.length + 1).replace(/^\.\//, '')
      : undefined;
    if (member === undefined) {
      const kind = await kindOf(content);
      if (content.kind === 'stream') await content.close();
      if (kind === undefined) await chooseImporter(content, defaultImportOptions);
      return [{ name: path, kind: kind === 'saved' ? 'saved' : 'dumps', paths: [path], labels: {} }];
    }
    archive = true;
    if (!member.startsWith(prefix)) continue;
    files.push({ name: member.slice(prefix.length), kind: await kindOf(content) });
  }
  const runs = groupRuns(files);
  if (!archive || runs.length === 0) throw nothingIn(inside === '' ? path : `${path}/${inside}`);
  return runs.map((run) => ({
    name: [path, inside, run.name].filter((part) => part !== '').join('/'),
    kind: files.find(({ name }) => name === run.files[0])?.kind === 'saved' ? 'saved' : 'dumps',
    paths: [path],
    members: new Set(run.files.flatMap((name) => [`${path}!${prefix}${name}`, `${path}!./${prefix}${name}`])),
    labels: {},
  }));
}

async function kindOfFile(path: string): Promise<string | undefined> {
  try {
    for await (const content of contentsOf(path, () => undefined)) {
      const kind = await kindOf(content);
      if (content.kind === 'stream') await content.close();
      return kind;
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
  return undefined;
}

async function kindOf(content: Content): Promise<string | undefined> {
  const head = Buffer.from(content.head.subarray(0, 512)).toString('latin1');
  if (savedRun.test(head) || report.test(head)) return 'saved';
  if (comparison.test(head)) {
    throw new Problem({
      code: 'unsupported-format',
      message: 'is a comparison, not a run',
      file: content.name,
      hint: 'give the runs it was made from; keep them with vtune analyze --save',
    });
  }
  try {
    return (await chooseImporter(content, defaultImportOptions)).importer.id;
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

async function labelsBeside(directory: string): Promise<Readonly<Record<string, string>>> {
  const file = `${directory.replace(/\/+$/, '')}/${LABELS}`;
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return {};
  try {
    const found: unknown = JSON.parse(text);
    const labels = (found as { labels?: unknown }).labels ?? found;
    return Object.fromEntries(
      Object.entries(labels as Record<string, unknown>).flatMap(([name, value]) =>
        typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
          ? [[name, String(value)]]
          : [],
      ),
    );
  } catch (error) {
    throw new Problem(
      {
        code: 'broken',
        message: `is not whole JSON (${error instanceof Error ? error.message : ''})`,
        file,
        hint: 'expected {"labels": {"name": "value"}}',
      },
      { cause: error },
    );
  }
}

function nothingIn(path: string): Problem {
  return new Problem({
    code: 'unknown-format',
    message: 'holds nothing that can be compared',
    file: path,
    hint: 'expected dumps, directories of dumps, saved runs (.vtune) or report.json; vtune formats lists what can be read',
  });
}
