import { parentPort, workerData } from 'node:worker_threads'
import type { Order } from './attacker.ts'
import { ATTACKS } from './attacks.ts'

/** The thread of one attack. It says when it begins. */
const { name, port, prepared } = workerData as Order
parentPort?.postMessage('begins')
await ATTACKS[name]?.run(prepared, port)
