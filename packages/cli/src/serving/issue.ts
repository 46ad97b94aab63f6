import type { Secret } from '@keyhold/protocol'
import { CredentialsFile } from './credentials-file.ts'

interface Issued {
  accessKeyId: string
  secretAccessKey: Secret
}

/** What to print about an access key, once: its secret, or where that was written. */
export type KeyLines = [string, string][]

/**
 * Runs `make` and hands its access key out: into a new file, where one is named, else as text to print. The file is made
 * first, as the secret must have somewhere to go once there is one; it goes away again when `make` fails.
 */
export async function issue<T extends Issued>(
  file: string | undefined,
  make: () => Promise<T>,
): Promise<{ made: T; keyLines: KeyLines; note: string }> {
  const credentials = file === undefined ? undefined : await CredentialsFile.create(file)
  try {
    const made = await make()
    using secret = made.secretAccessKey
    await credentials?.write(made.accessKeyId, secret)
    const shown = credentials === undefined ? Buffer.from(secret.reveal()).toString('latin1') : `in ${credentials.path}`
    const note = credentials === undefined ? 'The secret is not shown again: keep it now.\n' : ''
    return { made, keyLines: keyLines(made.accessKeyId, shown), note }
  } catch (error) {
    await credentials?.discard()
    throw error
  }
}

function keyLines(accessKeyId: string, secret: string): KeyLines {
  return [
    ['Access key id', accessKeyId],
    ['Secret', secret],
  ]
}
