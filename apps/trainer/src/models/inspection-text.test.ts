import { describe, expect, it } from 'vitest';
import { inspectionText } from './inspection-text.js';

describe('inspectionText', () => {
  it('lists tensors by the hundred thousand', () => {
    const tensors = Array.from({ length: 150_000 }, (_, i) => ({
      path: [`w${i}`],
      dtype: 'float32' as const,
      shape: [2],
    }));
    const lines = inspectionText({
      file: 'many.safetensors',
      format: 'safetensors',
      tensors,
      metadata: {},
    }).split('\n');
    expect(lines).toHaveLength(150_001);
    expect(lines[0]).toBe('many.safetensors: safetensors, 150000 tensors, 300,000 elements');
    expect(lines[1]).toBe('  w0       float32   [2]');
  });
});
