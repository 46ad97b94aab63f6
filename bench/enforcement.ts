import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load } from './load.ts'
import { type ServerProcess, startServer } from './process.ts'
import { type Credentials, type Population, populate } from './servers/population.ts'
import { signedRequest } from './signed-request.ts'
import { figure, median, percent } from './statistics.ts'

const ROUNDS = 9
const REQUESTS = 6_000
const CONNECTIONS = 16
const REGION = 'eu-central-1'

interface Contender {
  name: string
  server: ServerProcess
  request(): Uint8Array
}

/**
 * What verifying and enforcing cost GenerateDataKey, in requests per CPU second of the server: nothing of it, signatures
 * verified, everything enforced, and enforced beside many policies and grants of others. Side by side: in every round each runs once.
 */
export async function benchEnforcement(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'keyhold-bench-enforcement-'))
  const contenders = [
    await contender('nobody verified, nothing enforced (dev)', 'believed', folder, { policies: 0, grants: 0 }),
    await contender('signatures verified, nothing enforced', 'off', folder, { policies: 0, grants: 0 }),
    await contender('everything enforced', 'on', folder, { policies: 0, grants: 0 }),
    await contender('… beside 10,000 policies and 50,000 grants', 'on', folder, { policies: 10_000, grants: 50_000 }),
  ]
  try {
    const rates = new Map(contenders.map(({ name }) => [name, [] as number[]]))
    for (const { server, request } of contenders) await measure(server, request(), REQUESTS)
    for (let round = 0; round < ROUNDS; round++) {
      for (const { name, server, request } of contenders)
        rates.get(name)?.push(await measure(server, request(), REQUESTS))
    }
    report(rates)
  } finally {
    for (const { server } of contenders) await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function contender(
  name: string,
  mode: 'on' | 'off' | 'believed',
  parent: string,
  population: Population,
): Promise<Contender> {
  const folder = join(parent, name.replaceAll(/\W/g, '-'))
  const { keyId, credentials } = await populate(folder, population)
  const server = await startServer(new URL('servers/enforcement.ts', import.meta.url), [folder, mode])
  const input = { KeyId: keyId, KeySpec: 'AES_256', EncryptionContext: { tenant: 't-17', purpose: 'bench' } }
  return { name, server, request: () => signedRequest(server.port, 'GenerateDataKey', input, signer(credentials)) }
}

function signer(credentials: Credentials): Credentials & { region: string } {
  return { ...credentials, region: REGION }
}

async function measure(server: ServerProcess, request: Uint8Array, requests: number): Promise<number> {
  const before = server.cpuSeconds()
  await load({ port: server.port, request, connections: CONNECTIONS, requests })
  return requests / (server.cpuSeconds() - before)
}

function report(rates: ReadonlyMap<string, readonly number[]>): void {
  const yardstick = median([...rates.values()][0] ?? [])
  console.log(`GenerateDataKey, requests per server CPU-second, median of ${ROUNDS} rounds, audit write`)
  for (const [name, values] of rates) {
    const rate = median(values)
    console.log(`  ${name.padEnd(48)} ${figure(rate).padStart(8)}   ${percent(rate / yardstick).padStart(8)} of dev`)
  }
}
