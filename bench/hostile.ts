import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { initialize, operator } from '@keyhold/server'
import { type Attack, REGION, type Target } from './hostile/attack.ts'
import { startAttacker } from './hostile/attacker.ts'
import { ATTACKS } from './hostile/attacks.ts'
import { folderBytes } from './hostile/folder-bytes.ts'
import { type Experience, Victim } from './hostile/victim.ts'
import { startServer } from './process.ts'
import { figure } from './statistics.ts'

const WARM_UP_MS = 1000
const BEFORE_MS = 2500
/** How long an attack runs before the victim is measured: some need a moment until they weigh on the server. */
const BUILD_UP_MS = 2000
const DURING_MS = 5000
const SERVER = new URL('servers/keyhold.ts', import.meta.url)

/** What one attack did. */
interface Outcome {
  before: Experience
  during: Experience
  /** By which the data folder grew during the attack, the victim's own records among them. */
  writtenBytes: number
}

/**
 * What others feel while one client attacks: for each attack a server of its own, and a victim that calls Encrypt and
 * GenerateDataKey forty times a second. `wanted` names attacks; without one that is known, all of them run, in turn.
 */
export async function benchHostile(wanted: readonly string[]): Promise<void> {
  const names = Object.keys(ATTACKS)
  const chosen = names.some((name) => wanted.includes(name)) ? names.filter((name) => wanted.includes(name)) : names
  console.log("A victim's median latency in ms before and during an attack; KiB/s by which the data folder grows")
  console.log(row('attack', 'before', 'during', 'ratio', 'p99', 'failed', 'written'))
  for (const name of chosen) report(name, await outcomeOf(name, ATTACKS[name]!))
}

async function outcomeOf(name: string, attack: Attack): Promise<Outcome> {
  const temporary = await mkdtemp(join(tmpdir(), 'keyhold-bench-hostile-'))
  const folder = join(temporary, 'data')
  try {
    const { accountId, accessKeyId, secretAccessKey } = await initialize({ folder, recovery: 'none' })
    const administrator = { accountId, accessKeyId, secretAccessKey: clear(secretAccessKey), region: REGION }
    const other = await operator.createAccount(folder, {})
    const stranger = { ...other, secretAccessKey: clear(other.secretAccessKey), region: REGION }
    await attack.populate?.(folder, { administrator, stranger })
    const server = await startServer(SERVER, [folder, 'write'])
    try {
      return await measured(name, attack, { port: server.port, folder, administrator, stranger })
    } finally {
      await server.stop()
    }
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

async function measured(name: string, attack: Attack, target: Target): Promise<Outcome> {
  const victim = await Victim.of(target, attack.victim)
  const prepared = await attack.prepare(target)
  await victim.calls(WARM_UP_MS)
  const before = await victim.calls(BEFORE_MS)
  const attacker = await startAttacker({ name, port: target.port, prepared })
  try {
    await victim.calls(BUILD_UP_MS)
    const bytesBefore = await folderBytes(target.folder)
    const during = await victim.calls(DURING_MS)
    return { before, during, writtenBytes: (await folderBytes(target.folder)) - bytesBefore }
  } finally {
    await attacker.stop()
  }
}

function clear(secret: { reveal(): Uint8Array }): string {
  return Buffer.from(secret.reveal()).toString()
}

function report(name: string, { before, during, writtenBytes }: Outcome): void {
  const ratio = `${(during.medianMs / before.medianMs).toFixed(1)} ×`
  const written = figure(Math.max(0, writtenBytes) / 1024 / (DURING_MS / 1000))
  const failed = `${during.failed}/${during.calls}`
  console.log(row(name, figure(before.medianMs), figure(during.medianMs), ratio, figure(during.p99Ms), failed, written))
}

function row(name: string, ...cells: string[]): string {
  return `  ${name.padEnd(30)} ${cells.map((cell) => cell.padStart(9)).join(' ')}`
}
