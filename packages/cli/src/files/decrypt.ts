import { Command } from 'commander'
import { reader, withExpectations } from '../shared/envelopes.ts'
import type { ReadingFlags } from '../shared/envelopes.ts'
import { withReadingKeys } from '../shared/keyrings.ts'
import { runFiles, withFileFlags } from './run.ts'
import type { FileFlags } from './run.ts'
import type { Operation } from './run-task.ts'
import type { Verb } from './task.ts'

const DECRYPT: Verb = { name: 'decrypt', done: 'decrypted', reads: 'ciphertext', writes: 'plaintext' }

type DecryptFlags = ReadingFlags & FileFlags & { releaseUnverified?: boolean }

export function decryptCommand(): Command {
  const command = new Command(DECRYPT.name)
    .summary('decrypt files')
    .description(
      'Decrypts a file, or standard input. Without -k any key of your own account may open it, and no other.\n' +
        'With -c the file must have been encrypted with that context: this is checked before any key is asked for.',
    )
    .argument('[in]', 'the file to decrypt (default: standard input)')
  withExpectations(withReadingKeys(command)).option(
    '--release-unverified',
    'write to standard output before the signature has been verified',
  )
  return withFileFlags(command, DECRYPT).action(decrypt)
}

async function decrypt(name: string | undefined, flags: DecryptFlags): Promise<void> {
  await runFiles(DECRYPT, name === undefined ? [] : [name], flags, (signal) => decrypting(flags, signal))
}

async function decrypting(flags: DecryptFlags, signal: AbortSignal): Promise<Operation> {
  const { envelope, expect, reading } = await reader(flags, signal)
  const releaseUnverified = flags.releaseUnverified === true
  return ({ source, target, followLink, mustBeNew, inPlace }, { boundInput }, options) =>
    reading(boundInput, () =>
      envelope.decryptFile(source, target, {
        ...options,
        followLink,
        mustBeNew,
        ...(inPlace === true && { inPlace }),
        expect: expect(boundInput),
        releaseUnverified,
        sparse: true,
      }),
    )
}
