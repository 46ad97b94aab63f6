import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { initialize, operator } from '@keyhold/server'
import { load } from './load.ts'
import { addKeys } from './many-keys.ts'
import { type ServerProcess, startServer } from './process.ts'
import { signedCall, signedRequest } from './signed-request.ts'
import { figure, median } from './statistics.ts'

const ROUNDS = 7
const REGION = 'eu-central-1'
const SIZES = { empty: 0, few: 100, many: 100_000 } as const
const SERVER = new URL('servers/keyhold.ts', import.meta.url)

/** A data folder with a number of keys, and who may list them. */
interface Folder {
  path: string
  keyIds: readonly string[]
  signer: Parameters<typeof signedRequest>[3]
}

/** What 100,000 keys cost those who have them, side by side with a folder of 100 and an empty one. */
export async function benchScale(): Promise<void> {
  const temporary = await mkdtemp(join(tmpdir(), 'keyhold-bench-'))
  try {
    const [empty, few, many] = [
      await folderOf(join(temporary, 'empty'), SIZES.empty),
      await folderOf(join(temporary, 'few'), SIZES.few),
      await folderOf(join(temporary, 'many'), SIZES.many),
    ]
    reportStarts(await rounds(ROUNDS, { empty: () => startMs(empty), many: () => startMs(many) }))
    await compare(few, many)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

async function folderOf(path: string, count: number): Promise<Folder> {
  const { accountId, accessKeyId, secretAccessKey } = await initialize({ folder: path, recovery: 'none' })
  const keyIds = await addKeys(path, { accountId, region: REGION }, count)
  for (const group of ['ListKeys', 'DescribeKey']) await operator.setRequestRate(path, { group, perSecond: 1_000_000 })
  // The first start writes what every later one only reads.
  await (await startServer(SERVER, [path])).stop()
  return { path, keyIds, signer: { accessKeyId, secretAccessKey, region: REGION } }
}

/** From the start of the process to its first answer. */
async function startMs(folder: Folder): Promise<number> {
  const start = performance.now()
  const server = await startServer(SERVER, [folder.path])
  await signedCall(server.port, 'ListKeys', { Limit: 1 }, folder.signer)
  const elapsed = performance.now() - start
  await server.stop()
  return elapsed
}

async function compare(few: Folder, many: Folder): Promise<void> {
  const servers = [await startServer(SERVER, [few.path, 'write']), await startServer(SERVER, [many.path, 'write'])]
  const [ofFew, ofMany] = servers as [ServerProcess, ServerProcess]
  try {
    const list = (server: ServerProcess, { signer }: Folder, Limit: number): Promise<number> =>
      cpuMs(server, signedRequest(server.port, 'ListKeys', { Limit }, signer), Math.ceil(20_000 / Limit))
    const describe = (server: ServerProcess, { signer, keyIds }: Folder): Promise<number> =>
      cpuMs(server, signedRequest(server.port, 'DescribeKey', { KeyId: keyIds[0] }, signer), 3000)
    report(
      'ListKeys, a page of 100',
      await pair(
        () => list(ofFew, few, 100),
        () => list(ofMany, many, 100),
      ),
    )
    const whole = () => list(ofMany, many, 1000).then((ms) => ms / 10)
    report('ListKeys, 100 of a page of 1,000', await pair(() => list(ofFew, few, 100), whole))
    report(
      'DescribeKey, one key',
      await pair(
        () => describe(ofFew, few),
        () => describe(ofMany, many),
      ),
    )
    report(
      'DescribeKey, another each time',
      await pair(
        () => others(ofFew, few),
        () => others(ofMany, many),
      ),
    )
  } finally {
    for (const server of servers) await server.stop()
  }
}

/** Milliseconds of the server's CPU time for one request. */
async function cpuMs(server: ServerProcess, request: Uint8Array, requests: number): Promise<number> {
  const before = server.cpuSeconds()
  await load({ port: server.port, request, connections: 4, requests })
  return ((server.cpuSeconds() - before) * 1000) / requests
}

/** Like {@link cpuMs}, with all of the keys whose ids are known in turn. */
async function others(server: ServerProcess, { keyIds, signer }: Folder): Promise<number> {
  const calls = 600
  const before = server.cpuSeconds()
  for (let call = 0; call < calls; call++) {
    await signedCall(server.port, 'DescribeKey', { KeyId: keyIds[call % keyIds.length] }, signer)
  }
  return ((server.cpuSeconds() - before) * 1000) / calls
}

type Figures<Name extends string> = Record<Name, number[]>

/** Each of them once a round, so that a machine that slows down slows all of them. */
async function rounds<Name extends string>(
  count: number,
  contenders: Record<Name, () => Promise<number>>,
): Promise<Figures<Name>> {
  const entries = Object.entries(contenders) as [Name, () => Promise<number>][]
  const figures = Object.fromEntries(entries.map(([name]) => [name, [] as number[]])) as Figures<Name>
  for (const [, run] of entries) await run()
  for (let round = 0; round < count; round++) {
    for (const [name, run] of entries) figures[name].push(await run())
  }
  return figures
}

function pair(few: () => Promise<number>, many: () => Promise<number>): Promise<Figures<'few' | 'many'>> {
  return rounds(ROUNDS, { few, many })
}

function reportStarts({ empty, many }: Figures<'empty' | 'many'>): void {
  console.log(`Milliseconds from start to first answer, median of ${ROUNDS} rounds`)
  console.log(row('an empty folder / 100,000 keys', median(empty), median(many)))
  console.log(`Milliseconds of the server's CPU time for one request, with 100 keys and with 100,000`)
}

function report(what: string, { few, many }: Figures<'few' | 'many'>): void {
  console.log(row(what, median(few), median(many)))
}

function row(what: string, one: number, other: number): string {
  const cells = [figure(one), figure(other)].map((cell) => cell.padStart(9))
  return `  ${what.padEnd(34)} ${cells.join(' ')}   ${(other / one).toFixed(2)} ×`
}
