import type * as ClientModule from '@keyhold/client'
import type { Keyring } from '@keyhold/client'
import { UsageError } from '../base/errors.ts'
import { readWhole } from './input.ts'

type Client = typeof ClientModule

/** Far more than both halves of any RSA key that OpenSSL makes. */
const MAX_PEM_BYTES = 2 ** 15
const PRIVATE_PEM = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/

/** The private half is kept away from where files are encrypted, so that it is not taken for the public one. */
export async function publicRecoveryKey(client: Client, file: string): Promise<Keyring> {
  const publicKey = await readPem(file)
  if (PRIVATE_PEM.test(publicKey)) {
    throw new UsageError(
      `${JSON.stringify(file)} has the private half of a recovery key. Encrypt with its public half.`,
    )
  }
  return client.recoveryKey({ publicKey })
}

/** A keyring of the private half, which asks no KMS for anything. */
export async function privateRecoveryKey(client: Client, file: string): Promise<Keyring> {
  const privateKey = await readPem(file)
  if (privateKey.includes('ENCRYPTED PRIVATE KEY')) {
    throw new UsageError(`${JSON.stringify(file)} is protected by a passphrase. Take it off with openssl pkey first.`)
  }
  if (!PRIVATE_PEM.test(privateKey)) {
    throw new UsageError(`${JSON.stringify(file)} is not the private half of a recovery key in PEM.`)
  }
  return client.recoveryKey({ privateKey })
}

async function readPem(file: string): Promise<string> {
  if (file === '-') throw new UsageError('Standard input is for the file itself: name a file with --recovery-key.')
  const text = Buffer.from(await readWhole(file, MAX_PEM_BYTES, 'a recovery key')).toString()
  if (text.split('-----BEGIN ').length <= 2) return text
  // Only the first would be used, and the others would open nothing.
  throw new UsageError(`${JSON.stringify(file)} has several keys. Name a file for each with --recovery-key.`)
}
