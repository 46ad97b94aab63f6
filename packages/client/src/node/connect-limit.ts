import type { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Duplex } from 'node:stream'
import { LONGEST_MS } from '../kms/time-limit.ts'

/** The error of a connection that took too long to be made. */
export class ConnectTimeout extends Error {}

/**
 * Ends each connection of the agent that is not ready within the limit: for https that includes the handshake of TLS and
 * the tunnel through a proxy, if the proxy itself is asked by http. Waiting for a free connection is not counted.
 */
export function limitConnecting(agent: HttpAgent, limitMs: number): void {
  if (limitMs > LONGEST_MS) return
  const isReady = agent instanceof HttpsAgent ? 'secureConnect' : 'connect'
  const create = agent.createConnection.bind(agent)
  agent.createConnection = (options, callback) => {
    const timer = setTimeout(() => waiting?.destroy(new ConnectTimeout()), limitMs)
    const done = (): void => clearTimeout(timer)
    const waiting: Duplex | null | undefined = create(options, (error, tunnel) => {
      done()
      callback?.(error, tunnel)
    })
    waiting?.once(isReady, done).once('close', done)
    return waiting
  }
}
