import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { initialize } from '@keyhold/server'
import { selfSigned } from '../tools/testing/certificate.ts'
import { type ServerProcess, startServer } from './process.ts'
import { type Contender, measureRates, reportRates } from './rates.ts'
import { signedCall, signedRequest } from './signed-request.ts'
import { figure, median } from './statistics.ts'

const ROUNDS = 7
const REQUESTS = 8000
const HANDSHAKES = 600
const AT_ONCE = 8
const REGION = 'eu-central-1'

/**
 * What TLS costs: requests per CPU-second of the server on connections that stay, with it and without; and handshakes per
 * CPU-second beside a server of node:https that does nothing else, full ones and those that resume a session.
 */
export async function benchTls(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'keyhold-bench-tls-'))
  const servers: ServerProcess[] = []
  try {
    const { key, certificate: ca } = selfSigned({ names: ['127.0.0.1'] })
    const files = [join(folder, 'tls.crt'), join(folder, 'tls.key')]
    await writeFile(files[0]!, ca)
    await writeFile(files[1]!, key, { mode: 0o600 })
    const start = async (...args: string[]): Promise<ServerProcess> => {
      const server = await startServer(new URL('servers/tls.ts', import.meta.url), args)
      servers.push(server)
      return server
    }
    const [plain, secure] = [
      await keyholdOn(join(folder, 'plain'), 'http', (...args) => start(args[0], ...files, args[1])),
      await keyholdOn(join(folder, 'secure'), 'https', (...args) => start(args[0], ...files, args[1])),
    ]
    const contenders: Contender[] = [
      { name: 'GenerateDataKey, plain HTTP', ...plain },
      { name: 'GenerateDataKey, TLS 1.3', ...secure, ca },
    ]
    reportRates('KMS', 'plain HTTP', await measureRates(contenders, { rounds: ROUNDS, requests: REQUESTS }))
    await reportHandshakes({ 'bare node:https': await start('bare', ...files), keyhold: secure.server }, ca)
  } finally {
    for (const server of servers) await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

type Serving = Pick<Contender, 'server' | 'request'>

/** A server with a key in its folder. The key is made over plain HTTP, which the bench's own caller speaks. */
async function keyholdOn(
  data: string,
  mode: 'http' | 'https',
  start: (mode: 'http' | 'https', data: string) => Promise<ServerProcess>,
): Promise<Serving> {
  const signer = { ...(await initialize({ folder: data, recovery: 'none' })), region: REGION }
  const maker = await start('http', data)
  const { KeyMetadata } = await signedCall(maker.port, 'CreateKey', {}, signer)
  const input = { KeyId: (KeyMetadata as { KeyId: string }).KeyId, KeySpec: 'AES_256' }
  const server = await start(mode, data)
  return { server, request: () => signedRequest(server.port, 'GenerateDataKey', input, signer) }
}

async function reportHandshakes(servers: Readonly<Record<string, ServerProcess>>, ca: string): Promise<void> {
  console.log(`TLS handshakes per server CPU-second, medians, ${AT_ONCE} at once`)
  const rates = new Map<string, number[]>()
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, server] of Object.entries(servers)) {
      const session = await sessionOf(server.port, ca)
      for (const [kind, resumed] of [
        ['full', undefined],
        ['resumed', session],
      ] as const) {
        const before = server.cpuSeconds()
        await handshakes(server.port, ca, resumed)
        const list = rates.get(`${name}, ${kind}`) ?? []
        rates.set(`${name}, ${kind}`, [...list, HANDSHAKES / (server.cpuSeconds() - before)])
      }
    }
  }
  for (const [name, values] of rates) console.log(`  ${name.padEnd(30)} ${figure(median(values)).padStart(8)}`)
}

async function handshakes(port: number, ca: string, session: Buffer | undefined): Promise<void> {
  let left = HANDSHAKES
  const loop = async (): Promise<void> => {
    while (left-- > 0) {
      const socket = connect({ port, host: '127.0.0.1', ca, ...(session && { session }) })
      await once(socket, 'secureConnect')
      if (socket.isSessionReused() !== (session !== undefined)) throw new Error('a session was resumed, or was not')
      socket.destroy()
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, loop))
}

async function sessionOf(port: number, ca: string): Promise<Buffer> {
  const socket = connect({ port, host: '127.0.0.1', ca })
  const [session] = (await once(socket, 'session')) as [Buffer]
  socket.destroy()
  return session
}
