import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { initialize } from '@keyhold/server'
import { startServer } from './process.ts'
import { type Contender, measureRates, reportRates } from './rates.ts'
import { signedCall, signedRequest } from './signed-request.ts'

const ROUNDS = 5
const REQUESTS = 12_000
const REGION = 'eu-central-1'

/**
 * Requests per CPU second of the server, side by side: in every round each contender runs once, so that a machine
 * that slows down slows all of them. The share is of a node:http server that does nothing else.
 */
export async function benchService(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'keyhold-bench-'))
  const contenders = [
    await bare(),
    ...(await keyhold(join(folder, 'data'), 'write')),
    ...(await keyhold(join(folder, 'data2'), 'fsync')),
  ]
  try {
    const rates = await measureRates(contenders, { rounds: ROUNDS, requests: REQUESTS })
    reportRates('KMS', 'bare', rates)
  } finally {
    for (const server of new Set(contenders.map((contender) => contender.server))) await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function bare(): Promise<Contender> {
  const server = await startServer(new URL('servers/bare.ts', import.meta.url))
  // No server verifies it: it only makes the request as long as a signed one.
  const signer = { accessKeyId: 'AKIAXXXXXXXXXXXXXXXX', secretAccessKey: 'x'.repeat(40), region: REGION }
  const request = signedRequest(server.port, 'GenerateDataKey', { KeyId: '0'.repeat(36), KeySpec: 'AES_256' }, signer)
  return { name: 'bare node:http', server, request: () => request }
}

async function keyhold(folder: string, audit: 'write' | 'fsync'): Promise<Contender[]> {
  const { accessKeyId, secretAccessKey } = await initialize({ folder, recovery: 'none' })
  const signer = { accessKeyId, secretAccessKey, region: REGION }
  const server = await startServer(new URL('servers/keyhold.ts', import.meta.url), [folder, audit])
  const { KeyMetadata } = await signedCall(server.port, 'CreateKey', {}, signer)
  const KeyId = (KeyMetadata as { KeyId: string }).KeyId
  const EncryptionContext = { tenant: 't-17', purpose: 'bench' }
  const { CiphertextBlob } = await signedCall(
    server.port,
    'GenerateDataKey',
    { KeyId, KeySpec: 'AES_256', EncryptionContext },
    signer,
  )
  const contender = (operation: string, input: object): Contender => ({
    name: `${operation}, audit ${audit}`,
    server,
    request: () => signedRequest(server.port, operation, input, signer),
  })
  return [
    contender('GenerateDataKey', { KeyId, KeySpec: 'AES_256', EncryptionContext }),
    contender('Decrypt', { CiphertextBlob, EncryptionContext }),
  ]
}
