import type { ExpectedContext, Keyring, KmsConnection } from '@keyhold/client'
import { Command } from 'commander'
import { connection, withConnectionOptions } from '../connection.ts'
import type { ConnectionOptions } from '../connection.ts'
import { UsageError } from '../usage-error.ts'
import { openInput, requireNotTyped } from './input.ts'
import { interruptible } from './interruption.ts'
import { collect, collectContext } from './options.ts'
import { openOutput } from './output.ts'
import { showProgress } from './progress.ts'

interface DecryptFlags extends ConnectionOptions {
  key: string[]
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
    .option('-k, --key <key>', 'a key that may open it: ARN, id or alias; may be repeated', collect, [])
    .option('-c, --context <name=value>', 'a pair that its context must have; may be repeated', collectContext, {})
    .option('-o, --output <file>', 'where to write, once all is verified (default: standard output)')
    .option('--release-unverified', 'write to standard output before the signature has been verified')
    .action(decrypt)
  return withConnectionOptions(command)
}

async function decrypt(name: string | undefined, flags: DecryptFlags): Promise<void> {
  requireNotTyped(name)
  const input = await openInput(name)
  const output = await openOutput(flags.output, 'plaintext')
  const client = await import('@keyhold/client')
  const service = client.kms(await connection(flags))
  const expect: ExpectedContext = Object.keys(flags.context).length === 0 ? client.ANY_CONTEXT : flags.context
  const progress = showProgress(input.bytes)
  try {
    await interruptible(async (signal) => {
      const envelope = new client.Envelope({ keyring: lazily(() => keyringFor(service, flags.key, signal)) })
      await envelope.decryptFile(input.source, output.target, {
        expect,
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

/** What it takes to know the keyring is asked of the KMS only when a message has turned out to be the expected one. */
function lazily(make: () => Promise<Keyring>): Keyring {
  return {
    onEncrypt: async (request) => (await make()).onEncrypt(request),
    onDecrypt: async (request) => (await make()).onDecrypt(request),
  }
}

async function keyringFor(service: KmsConnection, keys: readonly string[], signal: AbortSignal): Promise<Keyring> {
  if (keys.length === 0) return ownAccount(service, signal)
  const [first, ...further] = await Promise.all(keys.map((key) => service.resolve(key, signal)))
  // Whoever names a replica means it to open what any key related to it encrypted.
  return service.multiRegionKey(first!, further)
}

async function ownAccount(service: KmsConnection, signal: AbortSignal): Promise<Keyring> {
  const account = await service.account(signal)
  if (account !== undefined) {
    return service.discovery({ accounts: [account.account], partition: account.partition })
  }
  throw new UsageError('Your account has no key, so that none of its own can open this. Name the key with -k.')
}
