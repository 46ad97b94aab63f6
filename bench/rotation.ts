import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { initialize, operator } from '@keyhold/server'
import { addKeys } from './many-keys.ts'
import { startServer } from './process.ts'
import { answerTo, signedCall, signedRequest } from './signed-request.ts'

const REGION = 'eu-central-1'
const KEYS = Number(process.env['KEYS'] ?? 100_000)
const SERVER = new URL('servers/keyhold.ts', import.meta.url)
const BASELINE_MS = 10_000

/** How fast the rows of 100,000 keys move to another domain key, and what requests see of it meanwhile. */
export async function benchRotation(): Promise<void> {
  const temporary = await mkdtemp(join(tmpdir(), 'keyhold-bench-'))
  try {
    const path = join(temporary, 'data')
    const { accountId, accessKeyId, secretAccessKey } = await initialize({ folder: path, recovery: 'none' })
    const keyIds = await addKeys(path, { accountId, region: REGION }, KEYS)
    for (const group of ['cryptographic operations (symmetric)', 'UpdateKeyDescription', 'DescribeKey']) {
      await operator.setRequestRate(path, { group, perSecond: 1_000_000 }).catch(() => undefined)
    }
    const server = await startServer(SERVER, [path])
    const signer = { accessKeyId, secretAccessKey, region: REGION }
    const key = (turn: number): string => keyIds[turn % keyIds.length] ?? ''
    const read = (turn: number): Promise<unknown> =>
      signedCall(server.port, 'GenerateDataKey', { KeyId: key(turn), NumberOfBytes: 32 }, signer)
    const write = (turn: number): Promise<unknown> => {
      const input = { KeyId: key(turn), Description: `at ${turn}` }
      return answerTo(server.port, signedRequest(server.port, 'UpdateKeyDescription', input, signer))
    }
    try {
      await during(() => wait(BASELINE_MS / 5), { read, write })
      const before = await during(() => wait(BASELINE_MS), { read, write })
      let rotated: { rows: number; seconds: number } | undefined
      const meanwhile = await during(
        async () => {
          const start = performance.now()
          const { rows } = await operator.rotateDomain(path, { domain: REGION, resume: false })
          rotated = { rows, seconds: (performance.now() - start) / 1000 }
        },
        { read, write },
      )
      const { rows = 0, seconds = 1 } = rotated ?? {}
      console.log(
        `${rows} rows in ${seconds.toFixed(1)} s, with opening and inspecting the database: ${Math.round(rows / seconds)} rows/s`,
      )
      for (const name of ['read', 'write'] as const) {
        console.log(`${name} before     ${figures(before[name])}`)
        console.log(`${name} meanwhile  ${figures(meanwhile[name])}`)
      }
    } finally {
      await server.stop()
    }
    // Alone, without a server and its requests.
    const start = performance.now()
    const { rows } = await operator.rotateDomain(path, { domain: REGION, resume: false })
    console.log(`alone: ${rows} rows, ${Math.round((rows / (performance.now() - start)) * 1000)} rows/s`)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

type Lanes = Record<'read' | 'write', number[]>

/** How long requests take while something else goes on: one of each at a time. */
async function during(
  work: () => Promise<void>,
  lanes: Record<'read' | 'write', (turn: number) => Promise<unknown>>,
): Promise<Lanes> {
  const state = { isDone: false }
  const taken: Lanes = { read: [], write: [] }
  const lane = async (name: 'read' | 'write'): Promise<void> => {
    for (let turn = 0; !state.isDone; turn++) {
      const start = performance.now()
      await lanes[name](turn)
      taken[name].push(performance.now() - start)
      await wait(name === 'read' ? 2 : 250) // five changes a second are admitted
    }
  }
  const running = [lane('read'), lane('write')]
  await work()
  state.isDone = true
  await Promise.all(running)
  return taken
}

function figures(taken: readonly number[]): string {
  const sorted = taken.toSorted((a, b) => a - b)
  const at = (share: number): string => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1)
  return `${sorted.length} requests: median ${at(0.5)} ms, p99 ${at(0.99)} ms, slowest ${at(1)} ms`
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
