import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { differenceIn, pageProgram } from './page-program.js';
import { runProgram } from './program.js';
import { hasDeclarations, typeErrors } from './type-check.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const project = inject('everythingInstalled');
const declarations = hasDeclarations(project);
const listed = ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '--', 'docs'];
const pages = execFileSync('git', listed, { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((file) => file.endsWith('.md') && existsSync(join(root, file)))
  .map((page) => ({ page, text: readFileSync(join(root, page), 'utf8') }));
const programs = pages.flatMap(({ page, text }) => {
  const program = pageProgram(text);
  return program ? [{ page, ...program }] : [];
});
const tutorial = programs.filter(({ page }) => page.startsWith('docs/tutorial/'));
const others = programs.filter(({ page }) => !page.startsWith('docs/tutorial/'));

describe('the tutorial, page by page in one folder', () => {
  const folder = mkdtempSync(join(project, 'tutorial-'));
  it.each(tutorial)('$page runs as shown', async ({ source, output }) => {
    expect(differenceIn(await runProgram(source, project, { folder }), output)).toBeUndefined();
  });
  it('has six pages', () => expect(tutorial).toHaveLength(6));
});

describe('the other pages', () => {
  it.concurrent.each(others)('$page runs as shown', async ({ source, output }) => {
    expect(differenceIn(await runProgram(source, project), output)).toBeUndefined();
  });

  const isTyped = `are typed strictly, as the tutorial is${declarations ? '' : ': left to npm run verify, which builds declarations'}`;
  it.skipIf(!declarations)(isTyped, () => {
    const errors = typeErrors(
      project,
      programs.map(({ source }) => source),
      'NodeNext',
    );
    expect(errors).toEqual([]);
  });
});

describe('links between pages', () => {
  it('lead somewhere', () => {
    const broken = pages.flatMap(({ page, text }) =>
      [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)\s]*)?\)/g)]
        .map(([, target = '']) => target)
        .filter((target) => !leadsSomewhere(page, target))
        .map((target) => `${page}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  function leadsSomewhere(page: string, target: string): boolean {
    if (target.includes('/reference/')) return true; // made when the site is built
    if (target.startsWith('./reference/')) return true;
    const path = target.startsWith('/') ? join(root, 'docs', target) : join(root, dirname(page), target);
    if (existsSync(`${path}.md`)) return true;
    return existsSync(path) && (!statSync(path).isDirectory() || existsSync(join(path, 'index.md')));
  }
});

afterAll(() => expect(programs.length).toBeGreaterThan(15));
