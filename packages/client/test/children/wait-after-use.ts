/**
 * Encrypts and decrypts against the KMS at argv[2] under the key at argv[3], argv[4] times; then has what is no longer used
 * collected, says so, and waits for its input to end. Run with --expose-gc.
 */
import { setTimeout } from 'node:timers/promises'
import { Envelope, kms } from '@keyhold/client'
import type { KeyArn } from '@keyhold/client'

const [endpoint, keyArn, times] = process.argv.slice(2) as [string, KeyArn, string]
const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' }
const service = kms({ region: 'eu-central-1', endpoint, credentials })
const envelope = new Envelope({ keyring: service.key(keyArn) })

for (let count = 0; count < Number(times); count++) {
  const message = await envelope.encrypt(new TextEncoder().encode('plaintext'))
  await envelope.decrypt(message, { expect: {} })
}
for (let count = 0; count < 5; count++) {
  globalThis.gc!()
  await setTimeout(10) // OpenSSL's memory is given back by callbacks, a turn later
}
process.stdout.write('collected\n')
process.stdin.resume()
