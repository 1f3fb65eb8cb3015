import { describe, expect, it } from 'vitest';
import { flagText } from './flag-text.js';

describe('flagText', () => {
  it('names flags where a library names options', () => {
    expect(flagText('task: 3 classes of y (options label, task)')).toBe(
      'task: 3 classes of y (--label, --task)',
    );
    expect(flagText('add "n/k" to option missing; or option missingValues')).toBe(
      'add "n/k" to --missing; or --missing-values',
    );
    expect(flagText("Option types keeps it. If they are scaled already, pass values: 'scaled'.")).toBe(
      '--types keeps it. If they are scaled already, give --values scaled.',
    );
    expect(flagText('Name its column: readRows(source, { label }).')).toBe('Name its column: --label.');
  });

  it('leaves other sentences as they are', () => {
    expect(flagText('there is no option but to wait')).toBe('there is no option but to wait');
  });
});
