import { openSource } from '../data/open-source.js';
import { commandSettings } from '../settings/project.js';

/** Looks at data, as a run would, to write a config for it. */
export async function describeData(
  data: string,
  label: string | undefined,
): Promise<{ kind: string; guess: string | undefined; columns: string[] }> {
  const settings = commandSettings.predict.parse({ data, ...(label === undefined ? {} : { label }) });
  const { kind, answer, table } = await openSource(settings);
  const columns = table?.columns.filter(({ type }) => type !== 'text').map(({ name }) => name) ?? [];
  return { kind: `rows of ${kind}`, guess: table ? answer?.column : undefined, columns };
}
