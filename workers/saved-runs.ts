import { gunzipSync, gzipSync } from 'node:zlib';
import { Problem } from '../model/problem.ts';
import { REPORT_VERSION, type Report } from '../model/report.ts';
import {
  SAVED_RUN_FORMAT,
  SAVED_RUN_VERSION,
  type SavedProfile,
  type SavedRun,
  type SavedTree,
} from '../model/saved-run.ts';
import { contentsOf } from './content.ts';

/** Larger ones are not what vtune writes. */
const LARGEST = 512 << 20;

/** A saved run as a file: gzipped JSON. */
export function encodeSavedRun(run: SavedRun): Uint8Array {
  return gzipSync(JSON.stringify(run), { level: 9 });
}

/** Reads a saved run or a report.json, plain or compressed; `only` picks a member of an archive. */
export async function readSavedRun(path: string, only?: (name: string) => boolean): Promise<SavedRun> {
  for await (const content of contentsOf(path, () => undefined)) {
    if (only?.(content.name) === false) continue;
    const { name } = content;
    if (content.kind === 'file') {
      const { readFile } = await import('node:fs/promises');
      return decodeSavedRun(await readFile(path), name);
    }
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of content.bytes) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > LARGEST) throw broken(name, 'is larger than any saved run');
    }
    const failure = content.failure();
    if (failure !== undefined) throw broken(name, `ends early: ${failure}`);
    return decodeSavedRun(Buffer.concat(chunks), name);
  }
  throw broken(path, 'holds no saved run');
}

export function decodeSavedRun(bytes: Uint8Array, file: string): SavedRun {
  let found: unknown;
  try {
    const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
    found = JSON.parse(Buffer.from(plain).toString('utf8'));
  } catch (error) {
    throw broken(file, `is not whole JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  if (!isRecord(found)) throw broken(file, 'is no saved run');
  if (found.format === SAVED_RUN_FORMAT) {
    checkVersion(file, found.version, SAVED_RUN_VERSION);
    return checkRun(found as unknown as SavedRun, file);
  }
  checkVersion(file, found.version, REPORT_VERSION);
  return checkRun(fromReport(found as unknown as Report, file), file);
}

/** What a report.json holds of its run: enough for everything but the spread within one run. */
function fromReport(report: Report, file: string): SavedRun {
  const run = isList(report.runs) ? report.runs[0] : undefined;
  if (run === undefined || !isList(report.metrics) || !isList(report.sections) || !isList(run.events)) {
    throw broken(file, 'is no report of one run');
  }
  const lost = report.metrics.find(({ id }) => id === 'sampling.lost.share')?.value ?? 0;
  const profiles = report.sections.flatMap((section): SavedProfile[] => {
    if (section.kind !== 'flame' || !section.id.startsWith('cpu/flame/') || section.compare !== undefined)
      return [];
    const recorded = run.events.find(({ name }) => name === section.event);
    const { nodes, functions, modules } = section.tree;
    const weight = nodes.self.reduce((sum, value) => sum + value, 0);
    // Idle samples are counted in the run and not in the tree.
    const busy =
      recorded !== undefined && recorded.weight > 0
        ? Math.round((recorded.samples * weight) / recorded.weight)
        : 0;
    const samples = section.samples?.every === 1 ? section.samples.time.length : Math.max(1, busy);
    return [
      {
        event: section.event,
        unit: section.unit,
        isTime: /^(?:cpu-clock|task-clock|cycles|cpu-cycles|folded|v8-cpu-profile)/.test(section.event),
        samples: section.unit === 'samples' ? Math.round(weight) : samples,
        weight,
        squares: section.unit === 'samples' ? weight : (weight * weight) / samples,
        interval: 0,
        tree: {
          functions,
          modules,
          nodes: { depth: nodes.depth, function: nodes.function, self: nodes.self },
        },
      },
    ];
  });
  return {
    format: SAVED_RUN_FORMAT,
    version: SAVED_RUN_VERSION,
    generator: report.generator,
    run,
    lost,
    metrics: report.metrics,
    profiles,
  };
}

/** Refuses what would give wrong numbers later: the arrays must fit each other. */
function checkRun(saved: SavedRun, file: string): SavedRun {
  const { run, metrics, profiles } = saved;
  if (!isRecord(run) || !isRecord(run.labels) || !isRecord(run.host) || !isList(run.events)) {
    throw broken(file, 'does not describe its run');
  }
  if (!isList(metrics)) throw broken(file, 'holds no list of metrics');
  if (!isList(profiles)) throw broken(file, 'holds no list of profiles');
  for (const profile of profiles as readonly (SavedProfile | null)[]) {
    if (!isTree(profile?.tree) || !(Number(profile?.weight) >= 0) || !(Number(profile?.squares) >= 0)) {
      throw broken(file, `holds a call tree of ${String(profile?.event)} that does not fit together`);
    }
  }
  // JSON has no NaN: what was none when it was saved is null, and no metric.
  return { ...saved, metrics: metrics.filter(isMetric) };
}

function isMetric(metric: unknown): boolean {
  return (
    isRecord(metric) &&
    typeof metric.id === 'string' &&
    typeof metric.value === 'number' &&
    isRecord(metric.labels)
  );
}

function isTree(tree: SavedTree | undefined): boolean {
  if (!tree?.nodes || !tree.functions || !isList(tree.modules)) return false;
  const { depth, function: functions, self } = tree.nodes;
  const { name, module, kind } = tree.functions;
  if (![depth, functions, self, name, module, kind].every(isList)) return false;
  if (functions.length !== depth.length || self.length !== depth.length) return false;
  if (module.length !== name.length || kind.length !== name.length) return false;
  let above = -1;
  for (let node = 0; node < depth.length; node++) {
    const level = depth[node] as number;
    const fits = Number.isInteger(level) && level <= above + 1 && (node === 0 ? level === 0 : level > 0);
    const fn = functions[node] as number;
    if (!fits || !Number.isInteger(fn) || fn < 0 || fn >= name.length || !((self[node] as number) >= 0))
      return false;
    above = level;
  }
  return true;
}

function checkVersion(file: string, version: unknown, known: number): void {
  if (version === known) return;
  if (typeof version === 'number' && version > known) {
    throw new Problem({
      code: 'unsupported-format',
      message: `is of version ${version}; this vtune reads up to ${known}`,
      file,
      hint: 'update vtune',
    });
  }
  throw broken(file, `is of unknown version ${String(version)}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Array.isArray, for a value that must not become an array of anything. */
function isList(value: unknown): boolean {
  return Array.isArray(value);
}

function broken(file: string, message: string): Problem {
  return new Problem({
    code: 'broken',
    message,
    file,
    hint: 'save the run again: vtune analyze DUMPS --save run.vtune',
  });
}
