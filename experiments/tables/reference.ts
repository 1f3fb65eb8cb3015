import { readFileSync } from 'node:fs';

/** Scores of one reference on the test rows: logLoss, accuracy and rocAuc, or rSquared. */
export type Scores = Readonly<Record<string, number>>;

/** What scikit-learn reaches with the labels of one draw. */
export interface References {
  /** Knows only the class shares, or the mean, of the labelled rows. */
  readonly shares: Scores;
  /** Logistic or ridge regression, its penalty chosen within the labelled rows. */
  readonly linear: Scores;
  /** The same, its intercept moved to the class shares of all training rows; of two classes. */
  readonly linearCorrected?: Scores;
  readonly boosting: Scores;
  readonly forest: Scores;
}

/** How many rows have labels. */
export type LabelCount = '20' | '200' | 'all';

/** A table as `make_tables.py` drew and measured it. */
export interface TableReference {
  readonly task: 'classes' | 'number';
  readonly rows: number;
  readonly columns: number;
  readonly test: number;
  readonly classes?: number;
  /** For each seed, row numbers whose first n are the draw of n labels. */
  readonly draws: readonly (readonly number[])[];
  /** One entry a seed; of all labels one entry. */
  readonly scores: Readonly<Partial<Record<LabelCount, readonly References[]>>>;
}

/** All tables with scikit-learn's scores, as `make_tables.py` wrote them. */
export function readReference(): {
  readonly versions: Readonly<Record<string, string>>;
  readonly tables: Readonly<Record<string, TableReference>>;
} {
  return JSON.parse(readFileSync(new URL('./reference.json', import.meta.url), 'utf8'));
}

/** The numbers of labels that a table was measured with. */
export function labelCounts({ scores }: TableReference): LabelCount[] {
  return (['20', '200', 'all'] as const).filter((count) => scores[count]);
}
