import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { initialize, operator } from '@keyhold/server'
import { load } from './load.ts'
import { type ServerProcess, startServer } from './process.ts'
import { signedCall, signedRequest } from './signed-request.ts'
import { figure, percent } from './statistics.ts'

/** A client with this many connections, of which those that are refused are spaced. */
const CONNECTIONS = 16
const MANY_CONNECTIONS = 500
const SERVED = 12_000
const REFUSED = 1_000
const REGION = 'eu-central-1'
const GROUP = 'cryptographic-symmetric'
const UNLIMITED = 1_000_000

/**
 * What a client costs that asks as fast as it can: while it is served, and while its account has used up its rate. Refusing
 * costs CPU as well, of which a bare node:http server would need a good part; so what counts is how much of a
 * processor the client can take.
 */
export async function benchThrottling(): Promise<void> {
  const parent = await mkdtemp(join(tmpdir(), 'keyhold-bench-throttling-'))
  console.log('What a client takes: requests answered per second, CPU of the server for each, and of one core')
  try {
    await measure('served', join(parent, 'served'), UNLIMITED, SERVED, CONNECTIONS)
    await measure('throttled', join(parent, 'throttled'), 1, REFUSED, CONNECTIONS)
    await measure('throttled', join(parent, 'many'), 1, 2 * REFUSED, MANY_CONNECTIONS)
  } finally {
    await rm(parent, { recursive: true, force: true })
  }
}

async function measure(
  state: string,
  folder: string,
  perSecond: number,
  requests: number,
  connections: number,
): Promise<void> {
  const { accessKeyId, secretAccessKey } = await initialize({ folder, recovery: 'none' })
  await operator.setRequestRate(folder, { group: GROUP, perSecond })
  const server = await startServer(new URL('servers/keyhold.ts', import.meta.url), [folder, 'write'])
  try {
    await measureOperations(state, server, { accessKeyId, secretAccessKey, region: REGION }, { requests, connections })
  } finally {
    await server.stop()
  }
}

async function measureOperations(
  state: string,
  server: ServerProcess,
  signer: Parameters<typeof signedCall>[3],
  { requests, connections }: { requests: number; connections: number },
): Promise<void> {
  const { KeyMetadata } = await signedCall(server.port, 'CreateKey', {}, signer)
  const { KeyId } = KeyMetadata as { KeyId: string }
  const EncryptionContext = { tenant: 't-17', purpose: 'bench' }
  const inputs = {
    GenerateDataKey: { KeyId, KeySpec: 'AES_256', EncryptionContext },
    Encrypt: { KeyId, Plaintext: 'aGVsbG8=', EncryptionContext },
  }
  for (const [operation, input] of Object.entries(inputs)) {
    const request = signedRequest(server.port, operation, input, signer)
    const isExpected = (status: number): boolean => status === 200 || status === 400
    const run = { port: server.port, request, connections, requests, isExpected }
    await load({ ...run, requests: requests / 4 })
    const before = server.cpuSeconds()
    const { wallSeconds } = await load(run)
    const cpuSeconds = server.cpuSeconds() - before
    const cells = [
      figure(requests / wallSeconds).padStart(8),
      `${figure((cpuSeconds / requests) * 1e6)} µs`.padStart(10),
      percent(cpuSeconds / wallSeconds).padStart(9),
    ]
    console.log(`  ${`${operation}, ${state}, ${connections} connections`.padEnd(48)} ${cells.join(' ')}`)
  }
}
