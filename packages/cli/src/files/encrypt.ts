import { Command } from 'commander'
import { withPlace, withUnsigned, writingEnvelope } from '../shared/envelopes.ts'
import type { WritingFlags } from '../shared/envelopes.ts'
import { requireFewKeys, requireWritingKeys, withWritingKeys } from '../shared/keyrings.ts'
import { collectContext } from '../shared/options.ts'
import { runFiles, withFileFlags } from './run.ts'
import type { FileFlags } from './run.ts'
import type { Operation } from './run-task.ts'
import type { Verb } from './task.ts'

const ENCRYPT: Verb = { name: 'encrypt', done: 'encrypted', reads: 'plaintext', writes: 'ciphertext' }

type EncryptFlags = WritingFlags & FileFlags

export function encryptCommand(): Command {
  const command = new Command(ENCRYPT.name)
    .summary('encrypt files under one or several KMS keys')
    .description(
      'Encrypts a file, or standard input. Any one of the keys will open it, here and in any AWS Encryption SDK.',
    )
    .argument('[in]', 'the file to encrypt (default: standard input)')
  withWritingKeys(command).option(
    '-c, --context <name=value>',
    'authenticated with the file, readable by all; may be repeated',
    collectContext,
    {},
  )
  return withFileFlags(withUnsigned(command), ENCRYPT).action(encrypt)
}

async function encrypt(name: string | undefined, flags: EncryptFlags): Promise<void> {
  requireWritingKeys(flags)
  requireFewKeys(flags)
  await runFiles(ENCRYPT, name === undefined ? [] : [name], flags, (signal) => encrypting(flags, signal))
}

async function encrypting(flags: EncryptFlags, signal: AbortSignal): Promise<Operation> {
  const envelope = await writingEnvelope(flags, signal)
  return ({ source, target, followLink, mustBeNew, inPlace }, { boundOutput }, options) => {
    const context = withPlace(flags.context, boundOutput)
    return envelope.encryptFile(source, target, {
      ...options,
      followLink,
      mustBeNew,
      ...(inPlace === true && { inPlace }),
      context,
    })
  }
}
