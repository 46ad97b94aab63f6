import { Command } from 'commander'
import { reader, withExpectations, withPlace, withUnsigned, writingEnvelope } from '../shared/envelopes.ts'
import type { ReadingFlags, WritingFlags } from '../shared/envelopes.ts'
import { requireFewKeys, requireWritingKeys, withWritingKeys } from '../shared/keyrings.ts'
import { collect } from '../shared/options.ts'
import { warnNotKept } from '../shared/not-kept.ts'
import { runFiles, withFileFlags } from './run.ts'
import type { FileFlags } from './run.ts'
import type { Operation } from './run-task.ts'
import type { Verb } from './task.ts'

const REWRAP: Verb = { name: 'rewrap', done: 'rewrapped', reads: 'ciphertext', writes: 'ciphertext', inPlace: true }

type RewrapFlags = WritingFlags &
  Omit<ReadingFlags, keyof WritingFlags> &
  FileFlags & { fromKey: readonly string[]; fromKeyFile?: string; fromRecoveryKey?: string }

export function rewrapCommand(): Command {
  const command = new Command(REWRAP.name)
    .summary('move encrypted files to other keys')
    .description(
      'Re-encrypts files under other keys and a fresh data key, without writing their plaintext anywhere.\n' +
        'A file is replaced once the new one is complete and on disk. Its context stays as it is.',
    )
    .argument('[in...]', 'the encrypted files (default: standard input)')
    .option('--from-key <key>', 'a key that opens the old file, as -k of decrypt; may be repeated', collect, [])
    .option('--from-key-file <file>', 'the key file of the old file; --from-key then names a key that may open that')
    .option('--from-recovery-key <file>', 'open the old file with this private recovery key, without any KMS')
  withUnsigned(withExpectations(withWritingKeys(command)))
  return withFileFlags(command, REWRAP).action(rewrap)
}

async function rewrap(names: readonly string[], flags: RewrapFlags): Promise<void> {
  requireWritingKeys(flags)
  requireFewKeys(flags)
  await runFiles(REWRAP, names, flags, (signal) => rewrapping(flags, signal))
}

async function rewrapping(flags: RewrapFlags, signal: AbortSignal): Promise<Operation> {
  const { fromKey: key, fromKeyFile: keyFile, fromRecoveryKey: recoveryKey } = flags
  const from = await reader({ ...flags, key, keyFile, recoveryKey }, signal)
  const envelope = await writingEnvelope(flags, signal)
  return ({ source, target, followLink, mustBeNew, inPlace }, { input, boundInput, boundOutput }, options) =>
    from.reading(boundInput, () =>
      envelope.rewrapFile(source, target, {
        ...options,
        followLink,
        mustBeNew,
        ...(inPlace === true && { inPlace }),
        onNotKept: (what) => warnNotKept(input, what),
        from: from.envelope,
        expect: from.expect(boundInput),
        context: (old) => withPlace(old, boundOutput),
      }),
    )
}
