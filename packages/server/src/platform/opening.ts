import type { Logger } from './logger.ts'

/**
 * Calls `open`, which puts everything it opens on `opened`, together with how that is closed. When a step of it fails, what was
 * opened before is closed in reverse order, each piece whatever becomes of the others, and the step's error is thrown. What
 * cannot be closed then is logged. When it succeeds, the result closes by `opened.disposeAsync()`.
 */
export async function opening<T>(logger: Logger, open: (opened: AsyncDisposableStack) => Promise<T>): Promise<T> {
  const opened = new AsyncDisposableStack()
  try {
    return await open(opened)
  } catch (failure) {
    await opened
      .disposeAsync()
      .catch((error: unknown) => logger.error('what was opened could not be closed', { error }))
    throw failure
  }
}
