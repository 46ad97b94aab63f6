import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Status } from '@keyhold/server'
import { NoServerError, socketsIn } from '../../shared/admin-sockets.ts'

/** A server that answered. */
export interface Answered {
  /** Where, as an operator names it. */
  admin: string
  status: Status
}

/** Longer than a server takes that works much: what it counts, it has counted before. */
const TIMEOUT_MS = 10_000
/** Many times what a server answers. */
const MAX_BYTES = 2 ** 20
/** A socket that a killed server left, or one that goes this moment. */
const GONE = ['ECONNREFUSED', 'ENOENT']

/**
 * Asks the server at `admin`, or all that have their sockets in the data folder. Rejects with NoServerError when none answers, and
 * with the system's error when a socket may not be opened.
 */
export async function askServers({
  data,
  admin,
}: {
  data?: string | undefined
  admin?: string | undefined
}): Promise<Answered[]> {
  if (admin !== undefined)
    return [{ admin, status: await ask(admin).catch((error: unknown) => noAnswer(admin, error)) }]
  const folder = data ?? '.'
  const answered: Answered[] = []
  for (const path of await socketsIn(folder)) {
    const at = `unix:${path}`
    try {
      answered.push({ admin: at, status: await ask(at) })
    } catch (error) {
      if (!isGone(error)) throw isSystem(error) ? error : noAnswer(at, error)
    }
  }
  if (answered.length > 0) return answered
  throw new NoServerError(`No server has an admin socket in ${folder}.`)
}

async function ask(admin: string): Promise<Status> {
  const { request } = process.getBuiltinModule('node:http')
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const asked = request({ ...placeOf(admin), path: '/status', agent: false, signal }).end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) {
    text += String(chunk)
    if (text.length > MAX_BYTES) throw new Error('the answer is too long')
  }
  if (answer.statusCode !== 200) throw new Error(`the answer is HTTP ${answer.statusCode}`)
  return statusIn(text)
}

/** What a report needs. Those of other versions may have more, and whatever else answers has less. */
const MEMBERS: readonly (keyof Status)[] = [
  'version',
  'processId',
  'startedAt',
  'uptimeSeconds',
  'listeners',
  'certificates',
  'health',
  'seal',
  'requests',
  'audit',
  'disk',
]

function statusIn(text: string): Status {
  const value: unknown = JSON.parse(text)
  if (typeof value === 'object' && value !== null && MEMBERS.every((name) => Object.hasOwn(value, name))) {
    return value as Status
  }
  throw new Error('the answer is no status of a server')
}

function placeOf(
  admin: string,
): { socketPath: string; headers: Record<string, string> } | { host: string; port: string } {
  if (admin.startsWith('unix:')) return { socketPath: admin.slice('unix:'.length), headers: { Host: 'localhost' } }
  const url = URL.parse(`http://${admin}`)
  if (url === null || url.port === '' || url.pathname !== '/') throw new Error('this is no HOST:PORT and no unix:PATH')
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port }
}

function noAnswer(admin: string, error: unknown): never {
  throw new NoServerError(`No server answers at ${admin}: ${error instanceof Error ? error.message : String(error)}.`)
}

function isGone(error: unknown): boolean {
  return isSystem(error) && GONE.includes(error.code)
}

function isSystem(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('E')
}
