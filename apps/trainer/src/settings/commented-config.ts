import { stringify } from 'yaml';
import { compareSettings, dataSettings, finetuneSettings, pretrainSettings, runSettings } from './project.js';

/** What a config is written for. */
export interface ConfigSubject {
  data: string;
  /** In words. */
  kind: string;
  label: string | undefined;
}

/** A config with every setting: those that are set, and the others as comments with their defaults. */
export function commentedConfig({ data, kind, label }: ConfigSubject): string {
  const set = { data, ...(label === undefined ? {} : { label }) };
  return [
    `# Warmstart: ${kind}. Lines with # show the defaults.`,
    '# warmstart init --schema prints a JSON schema for editors.',
    '',
    ...linesOf({ ...dataSettings, ...runSettings }, set, ''),
    '',
    'pretrain:',
    ...linesOf(pretrainSettings, { steps: 3000 }, '  '),
    '',
    'finetune:',
    ...linesOf(finetuneSettings, { tune: 'auto' }, '  '),
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
    const byDefault = setting.safeParse(undefined).data;
    return [
      ...comment,
      byDefault === undefined ? `${indent}# ${key}:` : `${indent}# ${key}: ${oneLine(byDefault)}`,
    ];
  });
}

function oneLine(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd();
}
