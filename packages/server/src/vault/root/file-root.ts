import type { Random } from '../../platform/random.ts'
import { freshRoot, keyedRoot, takeRootKey, wipeRoot } from './keyed-root.ts'
import { damagedFile, type FileRole, readPrivateFile, writeNewPrivateFile } from './private-file.ts'
import { foreignRoot, RootError } from './root-error.ts'
import { encodeRootText, MAX_ROOT_TEXT_BYTES, parseRootText } from './root-text.ts'
import type { RootProvider, UnsealedRoot } from './root.ts'

/** A root file, of either version. */
export const ROOT_FILE: FileRole = {
  name: 'root file',
  remedy:
    'Restore it from your backup, or mount the volume that contains it: until then Keyhold changes nothing in the data folder.',
  maxBytes: MAX_ROOT_TEXT_BYTES,
}

/**
 * Makes a new root and writes it to `file` as a root file of version 1, as {@link writeNewPrivateFile} does. Resolves with its
 * id.
 */
export async function createFileRoot(file: string, random: Random): Promise<string> {
  const secret = freshRoot(random)
  const bytes = encodeRootText(secret)
  wipeRoot(secret)
  try {
    await writeNewPrivateFile(file, bytes, ROOT_FILE, random)
  } finally {
    bytes.fill(0)
  }
  return secret.id
}

/** The root in `file`, a root file of version 1. Symbolic links are followed, as mounted secrets need. */
export function fileRoot(file: string, random: Random): RootProvider {
  return { description: `root file ${file}`, unseal: (expectedId) => unseal(file, expectedId, random) }
}

async function unseal(file: string, expectedId: string, random: Random): Promise<UnsealedRoot> {
  const bytes = await readPrivateFile(file, ROOT_FILE)
  const parsed = parseRootText(bytes)
  bytes.fill(0)
  if (parsed === 'damaged') throw damagedFile(file, ROOT_FILE)
  if (parsed === 'unsupported') throw laterRootFile(file)
  if (parsed.id === expectedId) return keyedRoot(takeRootKey(parsed), random)
  wipeRoot(parsed)
  throw foreignRoot(file, parsed.id, expectedId, 'Name the file that belongs to this data folder.')
}

/** A root file of a version that this Keyhold does not know. */
export function laterRootFile(file: string): RootError {
  return new RootError('unsupported', `A later Keyhold wrote the root file ${file}. Start that version or a later one.`)
}
