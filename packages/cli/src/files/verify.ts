import { Command } from 'commander'
import { reader, withExpectations } from '../shared/envelopes.ts'
import type { ReadingFlags } from '../shared/envelopes.ts'
import { withReadingKeys } from '../shared/keyrings.ts'
import { runFiles, withFileFlags } from './run.ts'
import type { FileFlags } from './run.ts'
import type { Operation } from './run-task.ts'
import type { Verb } from './task.ts'

const VERIFY: Verb = { name: 'verify', done: 'verified', reads: 'ciphertext', writes: 'nothing' }

type VerifyFlags = ReadingFlags & FileFlags

export function verifyCommand(): Command {
  const command = new Command(VERIFY.name)
    .summary('check that encrypted files are whole and open')
    .description(
      'Reads an encrypted file, or standard input, to its end and checks all of it as decrypt does, but writes nothing.\n' +
        'Says nothing and exits with 0 if decrypt would succeed.',
    )
    .argument('[in...]', 'the encrypted files (default: standard input)')
  return withFileFlags(withExpectations(withReadingKeys(command)), VERIFY).action(verify)
}

async function verify(names: readonly string[], flags: VerifyFlags): Promise<void> {
  await runFiles(VERIFY, names, flags, (signal) => verifying(flags, signal))
}

async function verifying(flags: VerifyFlags, signal: AbortSignal): Promise<Operation> {
  const { envelope, expect, reading } = await reader(flags, signal)
  // The target keeps nothing, so that nothing has to be held back from it.
  return ({ source, target }, { boundInput }, options) =>
    reading(boundInput, () =>
      envelope.decryptFile(source, target, { ...options, expect: expect(boundInput), releaseUnverified: true }),
    )
}
