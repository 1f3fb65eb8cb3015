// TypeDoc names modules after their files; readers import them by their packages' names. It names options that a function
// takes apart `__namedParameters`; docstrings name them, or they are `options`. And a docstring may say <mask> where a
// page would begin an element that never ends.
import { Converter, ReflectionKind } from 'typedoc';
import { MarkdownPageEvent } from 'typedoc-plugin-markdown';

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) {
      module.name = `@warmstart/${module.name.replace(/\/src(?=\/|$)/, '')}`;
    }
    for (const parameter of project.getReflectionsByKind(ReflectionKind.Parameter)) {
      if (parameter.name === '__namedParameters') parameter.name = nameInDocstring(parameter);
    }
  });
  app.renderer.on(MarkdownPageEvent.END, (page) => {
    page.contents = withLivingAnchors(withoutElements(page.contents ?? ''));
  });
}

/** "options" of `@param options.seed`: what the docstring names and no other parameter is called; else "options", or "list". */
function nameInDocstring({ parent: { comment, parameters }, type }) {
  const taken = new Set(parameters.map(({ name }) => name));
  const named = (comment?.blockTags ?? [])
    .filter(({ tag, name }) => tag === '@param' && name !== undefined)
    .map(({ name }) => name.split('.')[0]);
  return named.find((name) => !taken.has(name)) ?? (type?.type === 'tuple' ? 'list' : 'options');
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
