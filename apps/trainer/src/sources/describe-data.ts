import { readRows } from '@warmstart/transfer';

/** Looks at data, as a run would, to write a config for it. */
export async function describeData(
  data: string,
  label: string | undefined,
): Promise<{ kind: string; guess: string | undefined; columns: string[] }> {
  const rows = await readRows(data, {
    ...(label === undefined ? {} : { label }),
    xlsx: () => import('read-excel-file/universal'),
  });
  const isTable = rows.kind === 'table';
  const columns = isTable ? rows.columns.filter(({ type }) => type !== 'text').map(({ name }) => name) : [];
  return { kind: `rows of ${rows.kind}`, guess: isTable ? rows.output?.column : undefined, columns };
}
