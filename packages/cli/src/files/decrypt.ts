import { Command } from 'commander'
import { openInput, requireNotTyped } from './input.ts'
import { interruptible } from './interruption.ts'
import { expectedContext, readingKeyring, withReadingKeys } from './keyrings.ts'
import type { ReadingKeys } from './keyrings.ts'
import { collectContext } from './options.ts'
import { openOutput } from './output.ts'
import { showProgress } from './progress.ts'

interface DecryptFlags extends ReadingKeys {
  context: Record<string, string>
  releaseUnverified?: boolean
  output?: string
}

export function decryptCommand(): Command {
  const command = new Command('decrypt')
    .summary('decrypt a file')
    .description(
      'Decrypts a file, or standard input. Without -k any key of your own account may open it, and no other.\n' +
        'With -c the file must have been encrypted with that context: this is checked before any key is asked for.',
    )
    .argument('[in]', 'the file to decrypt (default: standard input)')
  return withReadingKeys(command)
    .option('-c, --context <name=value>', 'a pair that its context must have; may be repeated', collectContext, {})
    .option('-o, --output <file>', 'where to write, once all is verified (default: standard output)')
    .option('--release-unverified', 'write to standard output before the signature has been verified')
    .action(decrypt)
}

async function decrypt(name: string | undefined, flags: DecryptFlags): Promise<void> {
  requireNotTyped(name)
  const input = await openInput(name)
  const output = await openOutput(flags.output, 'plaintext')
  const client = await import('@keyhold/client')
  const progress = showProgress(input.bytes)
  try {
    await interruptible(async (signal) => {
      const envelope = new client.Envelope({ keyring: await readingKeyring(flags, signal) })
      await envelope.decryptFile(input.source, output.target, {
        expect: expectedContext(client, flags.context),
        signal,
        releaseUnverified: flags.releaseUnverified === true,
        onProgress: progress.advance,
      })
    })
  } finally {
    progress.end()
    await output.close()
  }
}
