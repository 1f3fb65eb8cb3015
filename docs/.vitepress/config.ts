import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { outputLines } from './output-lines.ts';

const here = fileURLToPath(new URL('..', import.meta.url));
const repository = 'https://github.com/warmstart-ml/warmstart';

/** Pages of a folder by their first heading. */
function pagesOf(folder: string) {
  if (!existsSync(here + folder)) return [];
  return readdirSync(here + folder)
    .filter((name) => name.endsWith('.md') && name !== 'index.md' && name !== 'README.md')
    .sort()
    .map((name) => {
      const text = readFileSync(`${here}${folder}/${name}`, 'utf8').match(/^# (.+)$/m)?.[1] ?? name;
      return { text: text.replaceAll('`', ''), link: `/${folder}/${name.replace(/\.md$/, '')}` };
    });
}

/** One page a package and subpath, as TypeDoc lists them. */
function referencePages() {
  const list = `${here}reference/typedoc-sidebar.json`;
  if (!existsSync(list)) return [];
  const entries = JSON.parse(readFileSync(list, 'utf8')) as { text: string; link: string }[];
  return entries.map(({ text, link }) => ({
    text: text.replace('@warmstart/', ''),
    link: link.replace(/^.*\/reference/, '/reference'),
  }));
}

export default defineConfig({
  title: 'Warmstart',
  description:
    'Transfer learning for TypeScript: checkpoints, masked pre-training, heads and guided fine-tuning.',
  base: process.env.WARMSTART_DOCS_BASE ?? '/',
  cleanUrls: true,
  srcExclude: ['**/README.md'],
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  markdown: {
    codeTransformers: [outputLines],
    config(md) {
      // indented code scrolls like the rest, so keyboards must reach it
      md.core.ruler.push('reachable-code', ({ tokens }) => {
        for (const token of tokens) if (token.type === 'code_block') token.attrSet('tabindex', '0');
      });
    },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-default' },
  },
  transformPageData({ relativePath, frontmatter }) {
    // tables of figures want the whole width
    if (/^experiments\/(?!index)/.test(relativePath))
      Object.assign(frontmatter, { aside: false, pageClass: 'figures' });
  },
  themeConfig: {
    search: { provider: 'local' },
    socialLinks: [{ icon: 'github', link: repository }],
    outline: [2, 3],
    nav: [
      { text: 'Tutorial', link: '/tutorial/', activeMatch: '/tutorial/' },
      { text: 'Guides', link: '/guides/first-hour', activeMatch: '/guides/' },
      { text: 'Why', link: '/explanation/why-transfer', activeMatch: '/explanation/' },
      { text: 'Coming from', link: '/migrating/pytorch', activeMatch: '/migrating/' },
      { text: 'Experiments', link: '/experiments/', activeMatch: '/experiments/' },
      { text: 'Reference', link: '/reference/', activeMatch: '/reference/' },
    ],
    sidebar: [
      { text: 'Which package do I need?', link: '/packages' },
      { text: 'Tutorial', items: [{ text: 'The method', link: '/tutorial/' }, ...pagesOf('tutorial')] },
      {
        text: 'How to',
        items: [
          { text: 'Your first hour, from a terminal', link: '/guides/first-hour' },
          { text: 'Your own data', link: '/guides/own-data' },
          { text: 'Your own model', link: '/guides/own-model' },
          { text: 'tf.LayersModel', link: '/guides/layers-model' },
          { text: 'PyTorch checkpoints', link: '/guides/pytorch' },
          { text: 'In the browser', link: '/guides/browser' },
          { text: 'Engines and GPUs', link: '/guides/engines' },
          { text: 'Many machines', link: '/guides/cluster' },
        ],
      },
      { text: 'Why', items: pagesOf('explanation').reverse() },
      { text: 'Coming from', items: pagesOf('migrating') },
      {
        text: 'Experiments',
        collapsed: true,
        items: [{ text: 'All, and how they are made', link: '/experiments/' }, ...pagesOf('experiments')],
      },
      {
        text: 'Reference',
        collapsed: true,
        items: [
          { text: 'Every package', link: '/reference/' },
          ...referencePages(),
          { text: 'Dependencies', link: '/dependencies' },
          { text: 'Scouting at scale', link: '/scouting-at-scale' },
        ],
      },
      { text: 'Decisions', collapsed: true, items: pagesOf('decisions') },
    ],
    editLink: { pattern: `${repository}/edit/main/docs/:path`, text: 'Mend this page' },
    footer: { message: 'MIT licence. Data sets keep their own.' },
  },
});
