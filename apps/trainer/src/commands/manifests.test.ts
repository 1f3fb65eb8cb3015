import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { save } from '@warmstart/core-checkpoint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../run-cli.js';
import { recordingTerminal } from '../terminal/recording-terminal.js';

const examples = fileURLToPath(new URL('../../../../packages/scale-bullmq/examples/', import.meta.url));

/** Moves one weight by its sub-problem; rehearses towards 0, where the second weight alone is of use. */
const scoutModule = `
export const subproblems = ({ seed }) => [1, 2, 3, 4, 5, 6].map((target) => ({ target: target + seed }));
export const refine = { rounds: 3, rehearsals: 2 };
export default async function train({ base, guides, subproblem }) {
  const { data } = base.get('fc.weight');
  const guide = guides?.get('fc.weight').data ?? [1, 1];
  for (let i = 0; i < 2; i++) data[i] += 0.1 * guide[i] * (i + 1) * subproblem.target;
  if (!guides) return base;
  const heldOut = { dtype: 'float32', shape: [2], data: Float32Array.of(1, -1) };
  return { weights: base, heldOut: new Map([['fc.weight', heldOut]]) };
}
`;

/** Stands in for Slurm: runs each task of an array at once, one after the other. */
const sbatch = `#!/bin/sh
set -eu
last=
for argument in "$@"; do
  case "$argument" in
    --array=0-*) last="\${argument#--array=0-}" ;;
    --wrap=*) wrap="\${argument#--wrap=}" ;;
  esac
done
i=0
while [ "$i" -le "\${last:-0}" ]; do SLURM_ARRAY_TASK_ID=$i sh -c "$wrap" >&2; i=$((i + 1)); done
echo 4711
`;

describe('the example manifests', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'warmstart-manifests-'));
    await writeFile(join(folder, 'scouts.mjs'), scoutModule);
    await mkdir(join(folder, 'shared'));
    const base = new Map([['fc.weight', { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) }]]);
    for (const place of ['base.pt', 'shared/base.pt']) await save(join(folder, place), base);
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** As the image runs it: in /app, with /shared mounted. */
  async function runIn(args: string[]) {
    const paths = args.map((arg) =>
      arg.startsWith('/shared') ? join(folder, arg) : arg === 'scouts.mjs' ? join(folder, arg) : arg,
    );
    const terminal = recordingTerminal();
    const exitCode = await runCli(paths, terminal);
    return { exitCode, out: terminal.outText(), notes: terminal.noteText() };
  }

  /** What a manifest runs, word by word, without `npx warmstart`. */
  async function commandsOf(file: string): Promise<string[][]> {
    const text = await readFile(join(examples, file), 'utf8');
    return [...text.matchAll(/^ +- (?:exec )?npx warmstart (.+)$/gm)].map(([, words = '']) =>
      words.split(' '),
    );
  }

  it('scout in an indexed Job and reduce in another', async () => {
    const [scouting = []] = await commandsOf('kubernetes-indexed-job.yaml');
    const indexed = await readFile(join(examples, 'kubernetes-indexed-job.yaml'), 'utf8');
    expect(scouting.at(-1)).toBe('$JOB_COMPLETION_INDEX/12');
    expect(indexed).toContain('completions: 12');
    for (const shard of ['0/2', '1/2']) {
      expect(await runIn([...scouting.slice(0, -1), shard])).toMatchObject({ exitCode: 0 });
    }
    const [reducing = []] = await commandsOf('kubernetes-reduce-job.yaml');
    const reduced = await runIn(reducing);
    expect(reduced.exitCode).toBe(0);
    expect(reduced.out).toContain('6 of 6 scouts; guides corrected by rehearsals');
    expect((await readdir(join(folder, 'shared/guides'))).sort()).toEqual([
      'base.safetensors',
      'guides.html',
      'guides.safetensors',
      'layer-means.safetensors',
      'shuffled.safetensors',
    ]);
    expect(await readFile(join(folder, 'shared/guides/guides.html'), 'utf8')).toContain(
      '3 rounds of 2 rehearsals',
    );
  });

  it('use a queue with flags that the commands know', async () => {
    const commands = await commandsOf('kubernetes-workers.yaml');
    expect(commands.map(([name]) => name)).toEqual(['worker', 'scout']);
    for (const command of commands) {
      const ran = await runIn(
        command.map((word) => word.replace('redis://redis:6379', 'redis://127.0.0.1:1')),
      );
      expect(ran.notes).toContain('a Redis must answer at redis://127.0.0.1:1');
    }
  });

  it('submit a Slurm array whose tasks are all shards, then the reduce', async () => {
    const bin = join(folder, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'sbatch'), sbatch);
    await writeFile(join(bin, 'npx'), `#!/bin/sh\necho "$@" >> ${join(folder, 'submitted')}\n`);
    for (const name of ['sbatch', 'npx']) await chmod(join(bin, name), 0o755);
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
    const done = spawnSync('sh', [join(examples, 'slurm-array.sh')], { cwd: folder, env, encoding: 'utf8' });
    expect(done.stderr).toBe('');
    const lines = (await readFile(join(folder, 'submitted'), 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(13);
    expect(lines.slice(0, 12).map((line) => line.split(' ').at(-1))).toEqual(
      Array.from({ length: 12 }, (_, i) => `${i}/12`),
    );
    const inFolder = (line: string) =>
      line
        .split(' ')
        .slice(1)
        .map((word) => (/^(scouts|base\.pt|guides|scouts\.mjs)$/.test(word) ? join(folder, word) : word));
    for (const line of lines.slice(0, 2)) {
      const words = inFolder(line);
      const shard = `${words.at(-1)?.split('/')[0]}/2`;
      expect(await runIn([...words.slice(0, -1), shard])).toMatchObject({ exitCode: 0 });
    }
    expect((await runIn(inFolder(lines[12] ?? ''))).out).toContain('6 of 6 scouts');
  });
});
