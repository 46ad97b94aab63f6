import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'

/** What an admin listener answers to a GET. `admin` is as a running server names it. */
export async function askAdmin(admin: string | undefined, path: string): Promise<{ status: number; text: string }> {
  if (admin === undefined) throw new Error('this server has no admin listener')
  const at = admin.startsWith('unix:') ? { socketPath: admin.slice('unix:'.length) } : new URL(admin)
  const asked = request({ ...where(at), path, agent: false }).end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  return { status: answer.statusCode ?? 0, text: await text(answer) }
}

function where(at: { socketPath: string } | URL): { socketPath: string } | { host: string; port: string } {
  return at instanceof URL ? { host: at.hostname, port: at.port } : at
}

/** The lines of a metric, by its name or its beginning. */
export async function metricLines(admin: string | undefined, name: string): Promise<string[]> {
  const { text: all } = await askAdmin(admin, '/metrics')
  return all.split('\n').filter((line) => line.startsWith(name))
}
