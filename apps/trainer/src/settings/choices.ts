/** What `--tune` takes. `lora` is refused where an encoder has no layers that it is made for. */
export const tunings = ['auto', 'linear', 'head', 'full', 'gradual', 'bit-fit', 'lora'] as const;

/** What `--format` takes besides `auto`. */
export const dataFormats = ['csv', 'tsv', 'jsonl', 'parquet', 'xlsx', 'images', 'texts', 'counts'] as const;

/** How a column may be read. */
export const columnTypes = ['number', 'category', 'date', 'text', 'ignore'] as const;

/** What `--encoding` takes. */
export const encodings = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'latin1'] as const;

/** What `--values` takes. */
export const countValues = ['counts', 'logged', 'scaled'] as const;
