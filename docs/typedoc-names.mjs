// TypeDoc names modules after their files; readers import them by their packages' names.
import { Converter } from 'typedoc';

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) {
      module.name = `@warmstart/${module.name.replace(/\/src(?=\/|$)/, '')}`;
    }
  });
}
