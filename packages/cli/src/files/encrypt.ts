import { Command } from 'commander'
import { connection, withConnectionOptions } from '../connection.ts'
import type { ConnectionOptions } from '../connection.ts'
import { UsageError } from '../usage-error.ts'
import { openInput } from './input.ts'
import { interruptible } from './interruption.ts'
import { collect, collectContext } from './options.ts'
import { openOutput } from './output.ts'
import { showProgress } from './progress.ts'

interface EncryptFlags extends ConnectionOptions {
  key: string[]
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
    .option('-k, --key <key>', 'a key: ARN, id or alias; may be repeated', collect, [])
    .option(
      '-c, --context <name=value>',
      'authenticated with the file, readable by all; may be repeated',
      collectContext,
      {},
    )
    .option('--unsigned', 'without a signature: faster, but whoever can decrypt it could have written it')
    .option('-o, --output <file>', 'where to write (default: standard output)')
    .action(encrypt)
  return withConnectionOptions(command)
}

async function encrypt(name: string | undefined, flags: EncryptFlags): Promise<void> {
  if (flags.key.length === 0) throw new UsageError('No key is named. Name one with -k; `keyhold key ls` lists them.')
  const input = await openInput(name)
  const output = await openOutput(flags.output, 'ciphertext')
  const { Envelope, kms } = await import('@keyhold/client')
  const service = kms(await connection(flags))
  const progress = showProgress(input.bytes)
  try {
    await interruptible(async (signal) => {
      const [generator, ...further] = await Promise.all(flags.key.map((key) => service.resolve(key, signal)))
      const envelope = new Envelope({ keyring: service.key(generator!, further), signed: flags.unsigned !== true })
      const { context } = flags
      await envelope.encryptFile(input.source, output.target, { context, signal, onProgress: progress.advance })
    })
  } finally {
    progress.end()
    await output.close()
  }
}
