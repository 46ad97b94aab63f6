import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { initialize, operator } from '@keyhold/server'
import { generateHybridIdentity, identityToRecipient } from 'age-encryption'
import { backUp, changeRecipients } from '../packages/server/src/admin/operator/backups.ts'
import { openEngine, sealedFolder } from '../packages/server/src/host/assembly/open.ts'
import { standardErrorLogger } from '../packages/server/src/platform/log/line-logger.ts'
import { systemClock } from '../packages/server/src/platform/system-clock.ts'
import { load, type LoadResult } from './load.ts'
import { addKeys } from './many-keys.ts'
import { startServer } from './process.ts'
import { signedRequest } from './signed-request.ts'

const REGION = 'eu-central-1'
const KEYS = Number(process.env['KEYS'] ?? 100_000)
const SERVER = new URL('servers/keyhold.ts', import.meta.url)
const MEBIBYTE = 1024 * 1024
const CONNECTIONS = 4
const REQUESTS = 2000

/** How fast a folder of 100,000 keys (or KEYS) is backed up, and what GenerateDataKey sees of it meanwhile. */
export async function benchBackup(): Promise<void> {
  const temporary = await mkdtemp(join(process.env['BENCH_DIR'] ?? tmpdir(), 'keyhold-bench-'))
  const path = join(temporary, 'data')
  const to = join(temporary, 'backups')
  try {
    await mkdir(to)
    const { accountId, accessKeyId, secretAccessKey } = await initialize({ folder: path, recovery: 'none' })
    const [keyId] = await addKeys(path, { accountId, region: REGION }, KEYS)
    const group = 'cryptographic operations (symmetric)'
    await operator.setRequestRate(path, { group, perSecond: 1_000_000 }).catch(() => undefined)
    const server = await startServer(SERVER, [path])
    const options = {
      use: 'change',
      clock: systemClock,
      durability: 'fsync',
      logger: standardErrorLogger('warn'),
    } as const
    const engine = await openEngine(await sealedFolder(path), options)
    try {
      const context = { ...engine, operator: { user: 'bench' } }
      await changeRecipients({ add: [await identityToRecipient(await generateHybridIdentity())] }, context)
      const signer = { accessKeyId, secretAccessKey, region: REGION }
      const input = { KeyId: keyId, NumberOfBytes: 32 }
      const ask = (): Promise<LoadResult> =>
        load({
          port: server.port,
          request: signedRequest(server.port, 'GenerateDataKey', input, signer),
          connections: CONNECTIONS,
          requests: REQUESTS,
        })
      await ask()
      console.log(`GenerateDataKey alone       ${figures([await ask(), await ask()])}`)
      for (const opens of [false, true]) {
        const state = { isDone: false }
        const meanwhile = (async () => {
          const results: LoadResult[] = []
          while (!state.isDone) results.push(await ask())
          return results
        })()
        const start = performance.now()
        const { bytes } = await backUp({ to, kind: 'full', opens }, context)
        const seconds = (performance.now() - start) / 1000
        state.isDone = true
        const how = opens ? 'written, read again and its database opened' : 'written and read again'
        const rate = bytes / MEBIBYTE / seconds
        console.log(`${(bytes / MEBIBYTE).toFixed(0)} MiB ${how} in ${seconds.toFixed(1)} s: ${rate.toFixed(0)} MiB/s`)
        console.log(`GenerateDataKey meanwhile   ${figures(await meanwhile)}`)
      }
    } finally {
      await engine.close()
      await server.stop()
    }
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

function figures(results: readonly LoadResult[]): string {
  const sorted = Float64Array.from(results.flatMap(({ latenciesMs }) => [...latenciesMs])).toSorted()
  const at = (share: number): string => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1)
  return `${sorted.length} requests: median ${at(0.5)} ms, p99 ${at(0.99)} ms`
}
