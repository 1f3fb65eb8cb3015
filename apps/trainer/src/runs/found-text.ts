/** The one number that says most. */
export function foundText(result: Readonly<Record<string, unknown>>): string {
  const scores = { ...result, ...(result.metrics as object | undefined) } as Record<string, unknown>;
  for (const name of ['accuracy', 'rSquared', 'skill']) {
    const value = scores[name];
    if (typeof value === 'number') return `${name} ${value.toFixed(3)}`;
  }
  return typeof result.found === 'string' ? result.found : 'finished';
}
