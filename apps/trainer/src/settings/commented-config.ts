import { stringify } from 'yaml';
import { openSource } from '../data/open-source.js';
import {
  commandSettings,
  compareSettings,
  dataSettings,
  finetuneSettings,
  pretrainSettings,
  runSettings,
} from './project.js';

/** What a config is written for. */
export interface ConfigSubject {
  data: string;
  /** In words. */
  kind: string;
  label: string | undefined;
}

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

/** A config with every setting: those that are set, and the others as comments with their defaults. */
export function commentedConfig({ data, kind, label }: ConfigSubject): string {
  const set = { data, ...(label === undefined ? {} : { label }) };
  return [
    `# Warmstart: ${kind}. Lines with # show what holds where nothing is set.`,
    '# warmstart init --schema prints a JSON schema for editors.',
    '',
    ...linesOf({ ...dataSettings, ...runSettings }, set, ''),
    '',
    'pretrain:',
    ...linesOf(pretrainSettings, { steps: 3000 }, '  '),
    '',
    'finetune:',
    ...linesOf(finetuneSettings, { strategy: 'probe-then-tune' }, '  '),
    '',
    'compare:',
    ...linesOf(compareSettings, { labels: 20 }, '  '),
    '',
  ].join('\n');
}

interface Setting {
  description?: string | undefined;
  safeParse(value: unknown): { success: boolean; data?: unknown };
  unwrap?(): unknown;
}

function linesOf(
  settings: Readonly<Record<string, Setting>>,
  set: Readonly<Record<string, unknown>>,
  indent: string,
): string[] {
  return Object.entries(settings).flatMap(([key, setting]) => {
    const description = setting.description ?? (setting.unwrap?.() as Setting | undefined)?.description;
    const comment = description === undefined ? [] : [`${indent}# ${description}`];
    if (key in set) return [...comment, `${indent}${key}: ${oneLine(set[key])}`];
    const usual = setting.safeParse(undefined).data;
    return [...comment, usual === undefined ? `${indent}# ${key}:` : `${indent}# ${key}: ${oneLine(usual)}`];
  });
}

function oneLine(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd();
}
