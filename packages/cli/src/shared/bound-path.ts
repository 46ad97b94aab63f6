import type { Command } from 'commander'
import { UsageError } from '../base/errors.ts'
import { namesBelow } from './paths.ts'

/** The name of the pair of context that binds an encrypted file to its place. Specification: docs/spec/bound-path.md. */
export const BOUND_PATH = 'keyhold-path'

/** Whether files are bound to their place. */
export interface Binding {
  bindPath?: string
}

export function withBinding(command: Command): Command {
  return command.option(
    '--bind-path <root>',
    'the encrypted file is bound to its path below this folder: no other place will do',
  )
}

/** @throws UsageError for a place that is named twice. */
export function requireOnePlace({ bindPath }: Binding, context: Readonly<Record<string, string>>): void {
  if (bindPath === undefined || !Object.hasOwn(context, BOUND_PATH)) return
  throw new UsageError(`--bind-path says what "${BOUND_PATH}" is: leave it out of -c.`)
}

/**
 * Where an encrypted file lies below a root, in the one form that every platform gives it. Only the names count: no
 * link is resolved, so that a link to another encrypted file does not pass for that file.
 *
 * @throws UsageError for a file that does not lie below the root.
 */
export function boundPath(root: string, file: string): string {
  const names = namesBelow(root, file)
  if (names !== undefined && names.length > 0) return names.join('/').normalize('NFC')
  throw new UsageError(`${JSON.stringify(file)} does not lie below ${JSON.stringify(root)}, the root of --bind-path.`)
}
