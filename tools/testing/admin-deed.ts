import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { json } from 'node:stream/consumers'

/** Does something to a server over its admin listener, as `curl --data-binary` would. `at`: the path of a socket, or an address. */
export async function doAdmin(
  at: string | { host: string; port: number },
  path: string,
  body: Uint8Array | string = '',
): Promise<{ status: number; answer: unknown }> {
  const where = typeof at === 'string' ? { socketPath: at } : at
  const asked = request({ ...where, path, method: 'POST', agent: false }).end(body)
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  return { status: response.statusCode ?? 0, answer: await json(response) }
}
