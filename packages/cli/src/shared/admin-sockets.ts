import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** No server answers. The message says where it was looked for. */
export class NoServerError extends Error {
  override readonly name = 'NoServerError'
  readonly code = 'NO_SERVER'
}

const SOCKETS = /^admin(-\d{1,3})?\.sock$/
/** Many times what a server answers. */
const MAX_BYTES = 2 ** 20

/** The sockets that servers of a data folder have, or a killed one left. */
export async function socketsIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => SOCKETS.test(name))
  return names.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1)).map((name) => join(folder, name))
}

/** What a server says of something that it was told to do. */
export interface DeedAnswer {
  status: number
  state?: string
  message?: string
  shares?: number
}

/** Tells a server over its admin socket to do something. Rejects with the system's error where no server listens. */
export async function tellServer(socketPath: string, path: string, body: Uint8Array): Promise<DeedAnswer> {
  const { request } = process.getBuiltinModule('node:http')
  const headers = { Host: 'localhost', 'Content-Length': body.byteLength }
  const asked = request({ socketPath, path, method: 'POST', headers, agent: false }).end(body)
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) {
    text += String(chunk)
    if (text.length > MAX_BYTES) throw new Error('the answer is too long')
  }
  const status = answer.statusCode ?? 0
  return text.startsWith('{') ? { status, ...(JSON.parse(text) as object) } : { status, message: text.trim() }
}
