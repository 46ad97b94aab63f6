import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { initialize } from '@keyhold/server'
import { load } from './load.ts'
import { type ServerProcess, startServer } from './process.ts'
import { signedCall, signedRequest } from './signed-request.ts'
import { figure, median, percent } from './statistics.ts'

const ROUNDS = 5
const REQUESTS = 12_000
const CONNECTIONS = 16
const REGION = 'eu-central-1'

interface Contender {
  name: string
  server: ServerProcess
  request(): Uint8Array
}

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
    const rates = new Map(contenders.map(({ name }) => [name, [] as number[]]))
    for (const { server, request } of contenders) await measure(server, request(), REQUESTS / 4)
    for (let round = 0; round < ROUNDS; round++) {
      for (const { name, server, request } of contenders)
        rates.get(name)?.push(await measure(server, request(), REQUESTS))
    }
    report(rates)
  } finally {
    for (const server of new Set(contenders.map((contender) => contender.server))) await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function measure(server: ServerProcess, request: Uint8Array, requests: number): Promise<number> {
  const before = server.cpuSeconds()
  await load({ port: server.port, request, connections: CONNECTIONS, requests })
  return requests / (server.cpuSeconds() - before)
}

async function bare(): Promise<Contender> {
  const server = await startServer(new URL('servers/bare.ts', import.meta.url))
  const signer = { accessKeyId: 'AKIAXXXXXXXXXXXXXXXX', secretAccessKey: 'x'.repeat(40), region: REGION }
  const request = signedRequest(server.port, 'GenerateDataKey', { KeyId: '0'.repeat(36), KeySpec: 'AES_256' }, signer)
  return { name: 'bare node:http', server, request: () => request }
}

async function keyhold(folder: string, audit: 'write' | 'fsync'): Promise<Contender[]> {
  const { accessKeyId, secretAccessKey } = await initialize({ folder })
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

function report(rates: ReadonlyMap<string, readonly number[]>): void {
  const yardstick = median([...rates.values()][0] ?? [])
  console.log(`Requests per server CPU-second, median of ${ROUNDS} rounds, ${CONNECTIONS} connections`)
  for (const [name, values] of rates) {
    const rate = median(values)
    console.log(`  ${name.padEnd(34)} ${figure(rate).padStart(10)}   ${percent(rate / yardstick).padStart(8)} of bare`)
  }
}
