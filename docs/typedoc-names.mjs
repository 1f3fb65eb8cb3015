// TypeDoc names modules after their files; readers import them by their packages' names. And a docstring may say <mask>
// where a page would begin an element that never ends.
import { Converter } from 'typedoc';
import { MarkdownPageEvent } from 'typedoc-plugin-markdown';

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) {
      module.name = `@warmstart/${module.name.replace(/\/src(?=\/|$)/, '')}`;
    }
  });
  app.renderer.on(MarkdownPageEvent.END, (page) => {
    page.contents = withLivingAnchors(withoutElements(page.contents ?? ''));
  });
}

/** Links that the plugin numbered although the page has one such heading, and so one such anchor. */
function withLivingAnchors(markdown) {
  const anchors = new Set();
  for (const [, heading] of markdown.matchAll(/^#+ (.+)$/gm)) {
    const name = heading
      .toLowerCase()
      .replace(/\\/g, '')
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '');
    let anchor = name;
    for (let count = 1; anchors.has(anchor); count++) anchor = `${name}-${count}`;
    anchors.add(anchor);
  }
  return markdown.replace(/\]\(#([\w-]+?)-(\d+)\)/g, (link, name, count) =>
    anchors.has(`${name}-${count}`) || !anchors.has(name) ? link : `](#${name})`,
  );
}

/** Escapes what looks like an element outside of code, but for anchors and line breaks, which the theme makes. */
function withoutElements(markdown) {
  return markdown.replace(/^```[\s\S]*?^```$|`[^`\n]*`|(?<!\\)<(?!\/?a\b|br ?\/>)(?=[a-z/!])/gim, (found) =>
    found === '<' ? '&lt;' : found,
  );
}
