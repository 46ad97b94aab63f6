import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** What the thread of an attacker is given. */
export interface Order {
  name: string
  port: number
  prepared: unknown
}

/** An attack that goes on until it is stopped. */
interface Attacker {
  stop(): Promise<void>
}

/** Starts an attack in a thread of its own, so that it does not delay the victim in its process. */
export async function startAttacker(order: Order): Promise<Attacker> {
  const worker = new Worker(new URL('attacker-thread.ts', import.meta.url), { workerData: order })
  worker.on('error', (error) => console.error(`The attack ${order.name} ended:`, error))
  await Promise.race([once(worker, 'message'), once(worker, 'exit')])
  return { stop: async () => void (await worker.terminate()) }
}
