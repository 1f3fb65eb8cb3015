import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalForm } from './normal-forms.js';

describe('normalForm', () => {
  it("is the engine's for texts of marks in any order, long runs of them too", () => {
    const marks = fc.constantFrom(
      ...'\u0301\u0323\u0334\u0345\u05b0\u0344\u0e38\u302a\u0f71\u09c7\u093c\u0591',
    );
    const part = fc.oneof(
      marks,
      marks,
      marks,
      fc.constantFrom('a', 'ồ', 'é', '가', '中', '\u1100', '\u1161'),
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 300, size: 'max' }),
        fc.constantFrom('NFC', 'NFD', 'NFKC', 'NFKD'),
        (parts, form) => {
          const text = parts.join('');
          expect(normalForm(text, form)).toBe(text.normalize(form));
        },
      ),
      { numRuns: 500, seed: 7 },
    );
  });

  it("leaves alone what Hugging Face's tables do not know", () => {
    expect(normalForm('\u{11938} a\u{1e6ee}\u0323', 'NFD')).toBe('\u{11938} a\u{1e6ee}\u0323');
    expect(normalForm('\u32ff', 'NFKC')).toBe('\u32ff');
    expect(normalForm('e\u0301', 'NFC')).toBe('é');
  });
});
