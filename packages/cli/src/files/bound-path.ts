import { UsageError } from '../usage-error.ts'
import { namesBelow } from './paths.ts'

/** The name of the pair of context that binds an encrypted file to its place. Specification: docs/spec/bound-path.md. */
export const BOUND_PATH = 'keyhold-path'

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
