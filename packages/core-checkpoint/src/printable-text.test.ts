import { describe, expect, it } from 'vitest';
import { open } from './open.js';
import { printableText } from './printable-text.js';
import { toBytes } from './save.js';

describe('printableText', () => {
  it.each([
    ['\u001b[2J\u001b]0;title\u0007', '\\u001b[2J\\u001b]0;title\\u0007'],
    ['\u001b]8;;http://x\u001b\\link', '\\u001b]8;;http://x\\u001b\\link'],
    ['a\r\nb\tc', 'a\\u000d\\u000ab\\u0009c'],
    ['\u009b31m', '\\u009b31m'],
    ['exe\u202etxt.', 'exe\\u202etxt.'],
    ['\u2066\u200b\ufeff', '\\u2066\\u200b\\ufeff'],
    ['\u{e0001}', '\\udb40\\udc01'],
    ['ключ ✓ 👩‍🔬 می‌خواهم', 'ключ ✓ 👩‍🔬 می‌خواهم'],
  ])('escapes what is not text in %j', (text, wanted) => {
    expect(printableText(text)).toBe(wanted);
    expect(JSON.parse(`"${printableText('\u202e')}"`)).toBe('\u202e');
  });

  it('is what errors about a file are written with', async () => {
    const name = 'w\u001b[2J\nfc.weight\u202e';
    const bytes = toBytes(
      new Map([[name, { dtype: 'float32', shape: [1], data: new Float32Array(1) }]]),
      'pytorch',
    );
    const checkpoint = await open(bytes, { name: 'm\u001b.pt' });
    const error = await checkpoint.read('x').catch((thrown: Error) => thrown);
    expect((error as Error).message).toBe(
      'open: m\\u001b.pt: x: no such tensor. It has w\\u001b[2J\\u000afc.weight\\u202e.',
    );
  });
});
