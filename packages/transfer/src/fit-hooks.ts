import type { FitOptions } from '@warmstart/training';

/** What every step that trains takes of `fit`: where it begins, what it saves, what it reports, what stops it. */
export type FitHooks = Partial<
  Pick<FitOptions<never>, 'checkpoint' | 'resume' | 'onEvent' | 'signal' | 'compiler' | 'compile'>
>;

/** Those hooks that were given, as options of `fit`: an absent one must not stand there as undefined. */
export function givenHooks(hooks: FitHooks): FitHooks {
  const { checkpoint, resume, onEvent, signal, compiler, compile } = hooks;
  return {
    ...(checkpoint ? { checkpoint } : {}),
    ...(resume ? { resume } : {}),
    ...(onEvent ? { onEvent } : {}),
    ...(signal ? { signal } : {}),
    ...(compiler ? { compiler } : {}),
    ...(compile ? { compile } : {}),
  };
}
