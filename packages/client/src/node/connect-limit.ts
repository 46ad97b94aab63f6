import type { Agent } from 'node:http'
import type { Duplex } from 'node:stream'
import { LONGEST_MS } from '../kms/time-limit.ts'

/** The error of a connection that took too long to be made. */
export class ConnectTimeout extends Error {}

interface ConnectLimit {
  limitMs: number
  /** The event of a connection that is ready: for https `secureConnect`. */
  readyOn: 'connect' | 'secureConnect'
}

/**
 * Ends each connection of the agent that is not ready within the limit: for https that includes the handshake of TLS and
 * the tunnel through a proxy, if the proxy itself is asked by http. Waiting for a free connection is not counted. The same
 * agent is returned.
 */
export function limitConnecting<T extends Agent>(agent: T, { limitMs, readyOn }: ConnectLimit): T {
  if (limitMs > LONGEST_MS) return agent
  const create = agent.createConnection.bind(agent)
  agent.createConnection = (options, callback) => {
    const timer = setTimeout(() => waiting?.destroy(new ConnectTimeout()), limitMs)
    const done = (): void => clearTimeout(timer)
    const waiting: Duplex | null | undefined = create(options, (error, tunnel) => {
      done()
      callback?.(error, tunnel)
    })
    waiting?.once(readyOn, done).once('close', done)
    return waiting
  }
  return agent
}
