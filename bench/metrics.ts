import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from './process.ts'
import { type Contender, measureRates, reportRates } from './rates.ts'
import { populate } from './servers/population.ts'
import { signedRequest } from './signed-request.ts'

const ROUNDS = 15
const REQUESTS = 6_000
const REGION = 'eu-central-1'
const CONTEXT = { tenant: 't-17', purpose: 'bench' }

/** What metrics cost GenerateDataKey, in requests per CPU second of the server: without, and with an admin listener that is scraped. */
export async function benchMetrics(): Promise<void> {
  const parent = await mkdtemp(join(tmpdir(), 'keyhold-bench-metrics-'))
  const contenders = [
    await contender('without metrics', 'off', parent),
    await contender('with metrics, scraped every second', 'scraped', parent),
  ]
  try {
    reportRates(
      'GenerateDataKey, audit write',
      'without',
      await measureRates(contenders, { rounds: ROUNDS, requests: REQUESTS }),
    )
  } finally {
    for (const { server } of contenders) await server.stop()
    await rm(parent, { recursive: true, force: true })
  }
}

async function contender(name: string, admin: 'off' | 'scraped', parent: string): Promise<Contender> {
  const folder = join(parent, admin)
  const { keyId, credentials } = await populate(folder, { policies: 0, grants: 0 })
  const server = await startServer(new URL('servers/keyhold.ts', import.meta.url), [folder, 'write', admin])
  const input = { KeyId: keyId, KeySpec: 'AES_256', EncryptionContext: CONTEXT }
  const request = () => signedRequest(server.port, 'GenerateDataKey', input, { ...credentials, region: REGION })
  return { name, server, request }
}
