import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { repo } from '../support/paths.ts';
import { scratch, vtune } from '../support/vtune.ts';

/** Shell of a workflow file: what stands in its `run: |`, `script` and `after_script` blocks, in order. */
function shellBlocks(file: string): string[] {
  const lines = readFileSync(repo(file), 'utf8').split('\n');
  const blocks: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] as string;
    if (!/^\s*(?:run: |- )\|$/.test(line)) continue;
    const indent = line.search(/\S/);
    const own: string[] = [];
    while (
      at + 1 < lines.length &&
      (/^\s*$/.test(lines[at + 1] ?? '') || (lines[at + 1] ?? '').search(/\S/) > indent)
    ) {
      own.push(lines[++at] as string);
    }
    const left = Math.min(...own.filter((each) => each.trim() !== '').map((each) => each.search(/\S/)));
    blocks.push(own.map((each) => each.slice(left)).join('\n'));
  }
  return blocks;
}

const files = ['docs/ci/github-actions.yml', 'docs/ci/gitlab-ci.yml'] as const;
const blockWith = (file: string, text: string): string => {
  const found = shellBlocks(file).find((block) => block.includes(text));
  if (found === undefined) throw new Error(`${file}: no block with ${text}`);
  return found;
};

/** A place with the commands of the workflow: vtune-kit, npm, and runs as the recorder leaves them. */
let place = '';
beforeAll(() => {
  place = scratch();
  const bin = join(place, 'bin');
  mkdirSync(bin);
  const command = (name: string, text: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  command('vtune-kit', `exec "${process.execPath}" "${repo('dist/cli/main.js')}" "$@"`);
  mkdirSync(join(place, 'runs'));
  for (const [version, name] of [
    ['v1.4', 'main'],
    ['v1.5', 'new'],
  ] as const) {
    execFileSync('tar', ['-xJf', repo(`datasets/real/pages/${version}.tar.xz`), '-C', place]);
    for (const run of ['01', '02', '03', '04', '05', '06', '07', '08']) {
      cpSync(join(place, version, `run-${run}`), join(place, 'runs', name, `run-${run}`), {
        recursive: true,
      });
    }
  }
});

function shell(
  script: string,
  env: Record<string, string> = {},
): { code: number | null; out: string; err: string } {
  const ran = spawnSync('bash', ['-e', '-c', script], {
    cwd: place,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${join(place, 'bin')}:${process.env.PATH}`, ...env },
  });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

describe.each(files)('%s', (file) => {
  it('holds shell that parses', () => {
    const blocks = shellBlocks(file);
    expect(blocks.length).toBeGreaterThanOrEqual(5);
    for (const block of blocks) {
      const ran = spawnSync('bash', ['-n'], { input: block, encoding: 'utf8' });
      expect(ran.stderr, block).toBe('');
    }
  });

  it('uses only options there are', async () => {
    const known = new Map<string, string>();
    for (const command of ['analyze', 'compare'])
      known.set(command, (await vtune([command, '--help'])).stdout);
    for (const block of shellBlocks(file)) {
      for (const [, command = '', rest = ''] of block
        .replaceAll('\\\n', ' ')
        .matchAll(/vtune-kit (\w+) (.*)/g)) {
        for (const [option] of rest.matchAll(/(?<=\s)--?[a-z][a-z-]*/g))
          expect(known.get(command), option).toContain(option);
      }
    }
  });

  it('calls the recorder as it wants to be called', () => {
    const line = blockWith(file, 'record-runs.sh').trim().split('\n').at(-1) ?? '';
    expect(line).toMatch(/^"\$record" -n "\$RUNS" -o runs main='[^']+' new='[^']+'/);
    const { files: shipped } = JSON.parse(readFileSync(repo('package.json'), 'utf8')) as { files: string[] };
    expect(shipped).toContain('scripts/record-runs.sh');
    expect(spawnSync('sh', ['-n', repo('scripts/record-runs.sh')]).status).toBe(0);
  });

  it('saves, compares, fails on the regression, and writes what it keeps', { timeout: 120_000 }, () => {
    const saved = shell(blockWith(file, '--save'));
    expect(saved.err).toBe('');
    expect(saved.code).toBe(0);
    expect(existsSync(join(place, 'saved/new-run-08.vtune'))).toBe(true);
    const summary = join(place, 'summary.md');
    writeFileSync(summary, '');
    const compared = shell(blockWith(file, 'vtune-kit compare'), { GITHUB_STEP_SUMMARY: summary });
    expect(compared.code, compared.err).toBe(1);
    expect(compared.out).toContain('checksum_block');
    for (const kept of ['compare.html', 'compare.json', 'compare.md', 'compare.xml']) {
      expect(existsSync(join(place, kept)), kept).toBe(true);
    }
    expect(readFileSync(join(place, 'compare.md'), 'utf8').startsWith('<!-- vtune-compare -->')).toBe(true);
    if (file.includes('github')) expect(readFileSync(summary, 'utf8')).toContain('checksum_block');
  });

  it('looks for its own comment by the marker that comments begin with', () => {
    expect(shellBlocks(file).at(-1)).toContain('startswith("<!-- vtune-compare -->")');
  });
});

/** The comment's script against a service that is a script, too: it finds its own comment among others and renews it. */
describe('the comment of the GitHub workflow', () => {
  const hasJq = spawnSync('jq', ['--version']).status === 0;

  it.skipIf(!hasJq)('is renewed where there is one, and written where there is none', () => {
    const bin = join(place, 'bin');
    const log = join(place, 'gh.log');
    writeFileSync(
      join(bin, 'gh'),
      `#!/bin/sh
case "$*" in
  *--paginate*) while [ $# -gt 1 ]; do [ "$1" = --jq ] && filter=$2; shift; done; jq -r "$filter" "$COMMENTS" ;;
  *) echo "$*" >> ${log} ;;
esac
`,
    );
    chmodSync(join(bin, 'gh'), 0o755);
    writeFileSync(join(place, 'compare.md'), '<!-- vtune-compare -->\n## "quoted"\n');
    const comments = join(place, 'comments.json');
    const env = { REPOSITORY: 'o/r', NUMBER: '7', COMMENTS: comments };
    const script = shellBlocks('docs/ci/github-actions.yml').at(-1) ?? '';
    writeFileSync(log, '');
    writeFileSync(comments, JSON.stringify([{ id: 1, body: 'thanks' }]));
    expect(shell(script, env).code).toBe(0);
    writeFileSync(
      comments,
      JSON.stringify([
        { id: 1, body: 'thanks' },
        { id: 42, body: '<!-- vtune-compare -->\nold' },
      ]),
    );
    expect(shell(script, env).code).toBe(0);
    expect(readFileSync(log, 'utf8')).toBe(
      'api -X POST repos/o/r/issues/7/comments --input body.json\napi -X PATCH repos/o/r/issues/comments/42 --input body.json\n',
    );
    expect(JSON.parse(readFileSync(join(place, 'body.json'), 'utf8'))).toEqual({
      body: '<!-- vtune-compare -->\n## "quoted"\n',
    });
  });
});
