import assert from 'node:assert/strict'
import { spawn, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../../../tools/testing/free-port.ts'
import { nodeArguments } from '../../../../tools/testing/keyhold.ts'
import { cleanEnvironment, initialize, temporaryFolder } from '../support/vault.ts'

const FULL = '/dev/full'
const noFullDevice = existsSync(FULL) ? false : `there is no ${FULL} here`

/** A descriptor whose every write fails with ENOSPC. */
function full(t: TestContext): number {
  const descriptor = openSync(FULL, 'w')
  t.after(() => closeSync(descriptor))
  return descriptor
}

const OUTPUTS: Readonly<Record<string, { skip: false | string; stdio(t: TestContext): StdioOptions }>> = {
  'is on a full disk': { skip: noFullDevice, stdio: (t) => ['ignore', full(t), full(t)] },
  'is not read': { skip: false, stdio: () => ['ignore', 'pipe', 'pipe'] },
}

for (const [how, { skip, stdio }] of Object.entries(OUTPUTS)) {
  for (const verb of ['serve', 'dev'] as const) {
    test(`${verb} answers while its output ${how}, and ends well`, { skip, timeout: 60_000 }, async (t) => {
      const data = verb === 'serve' ? (await initialize(t)).data : join(temporaryFolder(t), 'data')
      const port = await freePort()
      const args = nodeArguments([verb, '--data', data, '--port', String(port)])
      const child = spawn(process.execPath, args, { env: cleanEnvironment(), stdio: stdio(t) })
      t.after(() => child.kill('SIGKILL'))
      const exited = once(child, 'exit')
      child.stdout?.destroy()
      child.stderr?.destroy()
      const endpoint = `http://127.0.0.1:${port}/`
      assert.equal(await firstStatus(endpoint, () => child.exitCode === null), 400)
      // By now what it says at start has failed to be written; it answers all the same.
      await sleep(100)
      assert.equal(await statusOf(endpoint), 400)
      child.kill('SIGTERM')
      assert.deepEqual(await exited, [0, null])
    })
  }
}

async function firstStatus(endpoint: string, isRunning: () => boolean): Promise<number> {
  while (isRunning()) {
    const status = await statusOf(endpoint).catch(() => undefined)
    if (status !== undefined) return status
    await sleep(50)
  }
  return assert.fail('the server ended')
}

async function statusOf(endpoint: string): Promise<number> {
  const answer = await fetch(endpoint, { method: 'POST', body: '{}' })
  await answer.text()
  return answer.status
}
