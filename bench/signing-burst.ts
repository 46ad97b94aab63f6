import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { initialize } from '@keyhold/server'
import { load } from './load.ts'
import { type ServerProcess, startServer } from './process.ts'
import { signedCall, signedRequest } from './signed-request.ts'
import { figure, median } from './statistics.ts'

/** Odd, so that there is a middle one. */
const ROUNDS = 5
const ENCRYPTIONS = 2000
const ENCRYPTING_CONNECTIONS = 4
const REGION = 'eu-central-1'

type Signer = Parameters<typeof signedCall>[3]

/** Half of the clients sign with each. */
const SIGNATURES = [
  { KeySpec: 'RSA_4096', SigningAlgorithm: 'RSASSA_PSS_SHA_256', bytes: 32, clients: 4 },
  { KeySpec: 'ECC_NIST_P521', SigningAlgorithm: 'ECDSA_SHA_512', bytes: 64, clients: 4 },
] as const

/**
 * The 99th percentile of Encrypt, alone and while eight clients sign digests in a loop with RSA_4096 and P-521. Both are
 * measured in every round, so that a machine that slows down slows both.
 */
export async function benchBurst(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'keyhold-burst-'))
  const { accessKeyId, secretAccessKey } = await initialize({ folder: join(folder, 'data'), recovery: 'none' })
  const server = await startServer(new URL('servers/keyhold.ts', import.meta.url), [join(folder, 'data'), 'fsync'])
  try {
    await measureRounds(server, { accessKeyId, secretAccessKey, region: REGION })
  } finally {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function measureRounds({ port }: ServerProcess, signer: Signer): Promise<void> {
  const encrypt = { KeyId: await newKey(port, {}, signer), Plaintext: Buffer.alloc(32).toString('base64') }
  const bursts = await Promise.all(SIGNATURES.map((one) => signingRequest(port, one, signer)))
  const alone: number[] = []
  const beside: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const request = signedRequest(port, 'Encrypt', encrypt, signer)
    const quiet = await p99(port, request)
    const busy = await besideBurst(
      port,
      bursts.map(({ input, clients }) => ({ request: signedRequest(port, 'Sign', input, signer), clients })),
      () => p99(port, request),
    )
    if (round === 0) continue // starts the threads, and lets V8 compile
    alone.push(quiet)
    beside.push(busy)
  }
  report(alone, beside)
}

function report(alone: readonly number[], beside: readonly number[]): void {
  const [quiet, busy] = [median(alone), median(beside)]
  console.log(`p99 of Encrypt, ms, median of ${ROUNDS} rounds, ${ENCRYPTING_CONNECTIONS} connections, audit fsync`)
  console.log(`  ${'alone'.padEnd(44)} ${figure(quiet).padStart(8)}`)
  console.log(`  ${'beside 8 clients that sign'.padEnd(44)} ${figure(busy).padStart(8)}   ${figure(busy / quiet)} ×`)
}

async function p99(port: number, request: Uint8Array): Promise<number> {
  const options = { port, request, connections: ENCRYPTING_CONNECTIONS, requests: ENCRYPTIONS }
  const { latenciesMs } = await load(options)
  return latenciesMs[Math.floor(latenciesMs.length * 0.99)] ?? Number.NaN
}

/** What `measure` resolves with, while every client signs one message after another. */
async function besideBurst<T>(
  port: number,
  bursts: readonly { request: Uint8Array; clients: number }[],
  measure: () => Promise<T>,
): Promise<T> {
  const measured = new AbortController()
  const signing = bursts.map(async ({ request, clients }) => {
    while (!measured.signal.aborted) await load({ port, request, connections: clients, requests: clients * 4 })
  })
  try {
    return await measure()
  } finally {
    measured.abort()
    await Promise.all(signing)
  }
}

async function signingRequest(
  port: number,
  { KeySpec, SigningAlgorithm, bytes, clients }: (typeof SIGNATURES)[number],
  signer: Signer,
): Promise<{ input: object; clients: number }> {
  const KeyId = await newKey(port, { KeySpec, KeyUsage: 'SIGN_VERIFY' }, signer)
  const Message = Buffer.alloc(bytes, 7).toString('base64')
  return { input: { KeyId, SigningAlgorithm, Message, MessageType: 'DIGEST' }, clients }
}

async function newKey(port: number, input: object, signer: Signer): Promise<string> {
  const { KeyMetadata } = await signedCall(port, 'CreateKey', input, signer)
  return (KeyMetadata as { KeyId: string }).KeyId
}
