import { describe, expect, it } from 'vitest';
import { startEngine } from './engine.js';
import { failureReport } from './terminal/failure.js';

describe('startEngine', () => {
  it('refuses a backend that is not installed, with what to install, and then starts another', async () => {
    const error = await startEngine('node').catch((reason: unknown) => reason);
    expect(failureReport(error)).toEqual({
      error: {
        code: 'backend',
        message:
          '--backend node: neither @tensorflow/tfjs-node-gpu nor @tensorflow/tfjs-node is installed: npm install @tensorflow/tfjs-node@4.22.0',
      },
    });
    expect((await startEngine('cpu')).backend).toBe('cpu');
  });

  it('passes over what is not there under auto, and says why', async () => {
    // started above: the first one that was asked for and answers stays
    expect((await startEngine('auto')).backend).toBe('cpu');
  });
});
