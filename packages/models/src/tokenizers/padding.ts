/** Rows filled up on the right to the length of the longest. */
export function padRight(rows: readonly (readonly number[])[], value: number): number[][] {
  const length = rows.reduce((longest, row) => Math.max(longest, row.length), 0);
  return rows.map((row) => [...row, ...new Array<number>(length - row.length).fill(value)]);
}

/** 1 for what `padRight` keeps of each row, 0 for what it adds. */
export function paddingMask(rows: readonly (readonly number[])[]): number[][] {
  return padRight(
    rows.map((row) => row.map(() => 1)),
    0,
  );
}
