import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { needs } from '../tools/testing/needs.ts'
import { clientEnvironment, startServer } from './server.ts'

/** The first Python on the path is not always the one that the system's package installs boto3 for. */
const python = ['python3', '/usr/bin/python3'].find(
  (program) => spawnSync(program, ['-c', 'import boto3'], { stdio: 'ignore' }).status === 0,
)

/** For the `skip` option of a test that needs boto3. */
export function missingBoto3(): false | string {
  return python === undefined && needs('boto3')
}

/** Runs a Python program of this folder against a new server; it says of each of its parts that it passed. */
export async function followTour(t: TestContext, program: string, parts: readonly string[]): Promise<void> {
  assert(python !== undefined, 'no Python here has boto3')
  const server = await startServer()
  t.after(() => server.stop())
  const env = { ...clientEnvironment(server), KEYHOLD_ENDPOINT: server.endpoint, KEYHOLD_ACCOUNT: server.accountId }
  const child = spawn(python, [join(import.meta.dirname, program)], { env })
  const exit = once(child, 'exit') as Promise<[number]>
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exit])
  assert.equal(code, 0, stderr)
  assert.deepEqual(
    stdout.trim().split('\n'),
    parts.map((part) => `passed: ${part}`),
  )
}
