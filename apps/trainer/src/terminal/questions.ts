import { UsageError } from './failure.js';

/** Asks a person. Passed in, so that a test can answer. */
export interface Questions {
  /** @param question.problemOf - says what is wrong with an answer, which is then asked for again */
  ask(question: {
    message: string;
    placeholder: string;
    problemOf: (answer: string) => Promise<string | undefined>;
  }): Promise<string>;
  choose(message: string, options: readonly string[], initial: string | undefined): Promise<string>;
}

/** Questions on this process's terminal. @throws UsageError where a person stops with Ctrl-C */
export function terminalQuestions(): Questions {
  return {
    async ask({ message, placeholder, problemOf }) {
      const { log, text } = await import('@clack/prompts');
      for (;;) {
        const answer = answerOf(await text({ message, placeholder })).trim();
        const problem = await problemOf(answer);
        if (problem === undefined) return answer;
        log.error(problem);
      }
    },
    async choose(message, options, initial) {
      const { select } = await import('@clack/prompts');
      const listed = options.map((value) => ({ value, label: value }));
      return answerOf(
        await select({
          message,
          options: listed,
          ...(initial === undefined ? {} : { initialValue: initial }),
        }),
      );
    },
  };
}

function answerOf(answer: string | symbol | undefined): string {
  if (typeof answer === 'symbol') throw new UsageError('init: stopped; nothing was written.');
  return answer ?? '';
}
