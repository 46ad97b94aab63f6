import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from './process.ts'
import { type Contender, measureRates, reportRates } from './rates.ts'
import { type Credentials, type Population, populate } from './servers/population.ts'
import { signedRequest } from './signed-request.ts'

const ROUNDS = 9
const REQUESTS = 6_000
const REGION = 'eu-central-1'

/**
 * What verifying and enforcing cost GenerateDataKey, in requests per CPU second of the server: nothing of it, signatures
 * verified, everything enforced, and enforced beside many policies and grants of others. Side by side: in every round each runs once.
 */
export async function benchEnforcement(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'keyhold-bench-enforcement-'))
  const contenders = [
    await contender('nothing verified, nothing enforced (dev)', 'believed', folder, { policies: 0, grants: 0 }),
    await contender('signatures verified, nothing enforced', 'off', folder, { policies: 0, grants: 0 }),
    await contender('everything enforced', 'on', folder, { policies: 0, grants: 0 }),
    await contender('… beside 10,000 policies and 50,000 grants', 'on', folder, { policies: 10_000, grants: 50_000 }),
  ]
  try {
    const rates = await measureRates(contenders, { rounds: ROUNDS, requests: REQUESTS })
    reportRates('GenerateDataKey, audit write', 'dev', rates)
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
