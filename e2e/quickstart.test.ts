import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, it } from 'vitest';

const project = inject('everythingInstalled');
const cli = join(project, 'node_modules', '@warmstart', 'trainer', 'dist', 'cli.js');
const scratch = mkdtempSync(join(tmpdir(), 'warmstart-quickstart-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function warmstart(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    cwd: scratch,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('warmstart quickstart', () => {
  const out = join(scratch, 'run');
  const first = warmstart('quickstart', '--quick', '--seed', '3', '--json', '--out', out);
  const results = first.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

  it('prints one JSON object per data set, and nothing else, on standard output', () => {
    expect(first.status, first.stderr).toBe(0);
    expect(results.map(({ dataset }) => dataset)).toEqual(['spambase', 'dna-splice']);
    for (const result of results) {
      expect(result).toMatchObject({ rows: expect.any(Number), labels: 20, seeds: 3, backend: 'wasm' });
      const names = result.arms.map(({ name }: { name: string }) => name);
      expect(names).toEqual(['scratch', 'frozen', 'finetune', 'guided', 'guided-shuffled']);
      for (const { accuracy, rocAuc } of [...result.arms, result.reference]) {
        for (const { mean, low, high } of [accuracy, rocAuc]) {
          expect(low).toBeLessThanOrEqual(mean);
          expect(mean).toBeLessThanOrEqual(high);
          expect(mean).toBeGreaterThan(0.3);
        }
      }
      expect(result.pretrain.maskedLossAfter).toBeLessThan(result.pretrain.maskedLossBefore);
    }
  });

  it('keeps the encoder, the guides and a report that needs nothing from outside', () => {
    for (const { artifacts } of results) {
      for (const file of Object.values<string>(artifacts)) expect(existsSync(file), file).toBe(true);
      const report = readFileSync(artifacts.report, 'utf8');
      expect(report).not.toMatch(/<script|<link|src="http/);
      expect(report.match(/<svg/g)?.length).toBeGreaterThanOrEqual(5);
    }
    const left = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.includes('.tmp'),
    );
    expect(left).toEqual([]);
  });

  it('gives the same JSON for the same seed, but for times', () => {
    const again = warmstart('quickstart', '--quick', '--seed', '3', '--json', '--out', out);
    const timeless = (text: string) => text.replace(/"seconds":[\d.]+/g, '');
    expect(timeless(again.stdout)).toBe(timeless(first.stdout));
  });

  it('saves an encoder that inspect reads, the same in both formats', () => {
    const files = [results[0].artifacts.encoder, results[0].artifacts.encoderPt];
    const { status, stdout } = warmstart('inspect', ...files, '--digest', '--json');
    expect(status).toBe(0);
    const [safetensors, pytorch] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const byPath = (tensors: { path: string[]; sha256: string }[]) =>
      tensors.map(({ path, sha256 }) => `${path.join('.')} ${sha256}`).sort();
    expect(byPath(pytorch.tensors)).toEqual(byPath(safetensors.tensors));
    expect(pytorch.tensors).toHaveLength(4);
  });

  it('refuses an unknown data set as wrong usage, naming the known ones', () => {
    const { status, stderr } = warmstart('quickstart', '--dataset', 'cifar');
    expect(status).toBe(2);
    expect(stderr).toContain('Allowed choices are spambase, dna-splice.');
  });

  it('finds out before any computing that its folder cannot be written to', () => {
    const blocked = join(scratch, 'a-file');
    writeFileSync(blocked, '');
    const { status, stdout, stderr } = warmstart('quickstart', '--out', join(blocked, 'run'), '--json');
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'ENOTDIR' } });
    expect(stderr).toMatch(/part of this path is a file/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
