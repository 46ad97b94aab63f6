import { Command } from 'commander'
import { openInput } from './input.ts'
import { interruptible } from './interruption.ts'
import { requireWritingKeys, withWritingKeys, writingKeyring } from './keyrings.ts'
import type { WritingKeys } from './keyrings.ts'
import { collectContext } from './options.ts'
import { openOutput } from './output.ts'
import { showProgress } from './progress.ts'

interface EncryptFlags extends WritingKeys {
  context: Record<string, string>
  unsigned?: boolean
  output?: string
}

export function encryptCommand(): Command {
  const command = new Command('encrypt')
    .summary('encrypt a file under one or several KMS keys')
    .description(
      'Encrypts a file, or standard input. Any one of the keys will open it, here and in any AWS Encryption SDK.',
    )
    .argument('[in]', 'the file to encrypt (default: standard input)')
  return withWritingKeys(command)
    .option(
      '-c, --context <name=value>',
      'authenticated with the file, readable by all; may be repeated',
      collectContext,
      {},
    )
    .option(
      '--unsigned',
      'without a signature: faster, but whoever can decrypt it could have written it. So it is with --public-key',
    )
    .option('-o, --output <file>', 'where to write (default: standard output)')
    .action(encrypt)
}

async function encrypt(name: string | undefined, flags: EncryptFlags): Promise<void> {
  requireWritingKeys(flags)
  const input = await openInput(name)
  const output = await openOutput(flags.output, 'ciphertext')
  const { Envelope } = await import('@keyhold/client')
  const progress = showProgress(input.bytes)
  try {
    await interruptible(async (signal) => {
      const envelope = new Envelope({ keyring: await writingKeyring(flags, signal), signed: isSigned(flags) })
      const { context } = flags
      await envelope.encryptFile(input.source, output.target, { context, signal, onProgress: progress.advance })
    })
  } finally {
    progress.end()
    await output.close()
  }
}

/** Whoever has a public key can write under it: a signature would say nothing more. */
function isSigned({ unsigned, publicKey }: EncryptFlags): boolean {
  return unsigned !== true && publicKey === undefined
}
