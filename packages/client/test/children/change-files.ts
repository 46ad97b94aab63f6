/**
 * Changes a file many times while others do. Prints what came of it as JSON.
 *
 *   count FILE TIMES KILL_AT    adds one to the number in the file, under its lock; kills itself while it holds it
 *   rewrap FILE TIMES           rewraps the message in its place
 *   write FILE TIMES            puts newer versions of the message into its place, and knows of no lock
 */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { ANY_CONTEXT, Envelope, EnvelopeError, rawAes, readUnverifiedHeader } from '@keyhold/client'
import { FileLock } from '../../src/node/file-lock.ts'

const [what, path, times, killAt] = process.argv.slice(2) as [string, string, string, string | undefined]
const envelope = new Envelope({
  keyring: rawAes({ namespace: 'n', name: 'k', wrappingKey: new Uint8Array(32) }),
  signed: false,
})

async function count(): Promise<object> {
  for (let round = 1; round <= Number(times); round++) {
    await using _lock = await FileLock.acquire(path)
    const number = Number(await readFile(path, 'utf8'))
    if (round === Number(killAt)) process.kill(process.pid, 'SIGKILL')
    await setImmediate()
    await writeFile(path, String(number + 1))
  }
  return {}
}

async function rewrap(): Promise<object> {
  const outcomes = { done: 0, conflicts: 0 }
  for (let round = 0; round < Number(times); round++) {
    try {
      await envelope.rewrapFile(path, path, { expect: ANY_CONTEXT })
      outcomes.done++
    } catch (error) {
      if (!(error instanceof EnvelopeError) || error.code !== 'CONFLICT') throw error
      outcomes.conflicts++
    }
  }
  return outcomes
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes)
}

/** By then a rewrap that has taken an older version for the newest has put the newest back. */
const SETTLED_MS = 200

async function versionNow(): Promise<number> {
  const { header } = await readUnverifiedHeader(inOnePiece(await readFile(path)))
  return Number(header.context['version'])
}

async function write(): Promise<object> {
  let [rolledBack, passing] = [0, 0]
  for (let version = 1; version <= Number(times); version++) {
    await writeFile(
      `${path}.next`,
      await envelope.encrypt(new Uint8Array(10), { context: { version: String(version) } }),
    )
    await rename(`${path}.next`, path)
    await sleep(Math.random() * 4)
    if ((await versionNow()) === version) continue
    passing++
    await sleep(SETTLED_MS)
    if ((await versionNow()) !== version) rolledBack++
  }
  return { rolledBack, passing }
}

process.stdout.write(JSON.stringify(await { count, rewrap, write }[what]!()))
