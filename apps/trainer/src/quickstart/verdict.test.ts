import { describe, expect, it } from 'vitest';
import type { ArmName, ArmResult } from './result.js';
import { comparisonTable, points, verdict } from './verdict.js';

const around = (mean: number, margin: number) => ({ mean, low: mean - margin, high: mean + margin });
const arm = (name: ArmName, accuracy: number, gain: number, steps = 50): ArmResult => ({
  name,
  accuracy: around(accuracy, 0.02),
  rocAuc: around(0.9, 0.01),
  gainOverScratch: around(gain, 0.02),
  chosen: { learningRate: 1e-4, steps },
});
const result = (gain: number, control: number) => ({
  labels: 20,
  gainOverShuffled: around(control, 0.01),
  arms: [arm('scratch', 0.6, 0), arm('finetune', 0.6 + gain, gain), arm('guided', 0.7, 0.1)],
});

describe('verdict', () => {
  it('claims a gain only when its interval is above zero', () => {
    expect(verdict(result(0.2, 0.05))).toContain(
      '+20.0 points (95 % interval +18.0 to +22.0), pre-training pays.',
    );
    expect(verdict(result(0.01, 0.05))).toContain('no difference can be claimed.');
    expect(verdict(result(-0.1, 0.05))).toContain(
      '−10.0 points (95 % interval −12.0 to −8.0), pre-training costs.',
    );
  });

  it('says when guides are no better than shuffled ones, and when they hardly matter', () => {
    expect(verdict(result(0.2, 0.05))).toContain('the guides carry information.');
    expect(verdict({ ...result(0.2, 0), gainOverShuffled: around(0.002, 0.001) })).toContain(
      'too little to matter',
    );
    expect(verdict(result(0.2, 0))).toContain('no information in these guides can be shown.');
    expect(verdict(result(0.2, -0.05))).toContain('shuffled guides do better');
  });
});

describe('comparisonTable', () => {
  it('aligns its columns and leaves the gain of scratch over itself empty', () => {
    const arms = [arm('scratch', 0.6, 0), arm('finetune', 0.8, 0.2)];
    const reference = { ...arm('frozen', 0.5, -0.1), name: 'logistic-regression' as const };
    const [header, first, scratch, finetune] = comparisonTable({
      arms,
      reference,
      byLabels: { arms, reference },
    } as never);
    expect(finetune).toMatch(
      /fine-tuned, probe first .* 80\.0 % {2}\[78\.0 %, 82\.0 %\] .* 80\.0 % {5}0\.900 {3}\+20\.0 \[\+18\.0, \+22\.0\]$/,
    );
    expect(scratch?.trimEnd()).toMatch(/0\.900$/);
    expect(header?.indexOf('ROC AUC')).toBe((first?.indexOf('0.900') ?? 0) - 2);
  });
});

describe('points', () => {
  it('writes a real minus sign and no sign on zero', () => {
    expect([points(0.034), points(-0.034), points(0)]).toEqual(['+3.4', '−3.4', '0.0']);
  });
});
