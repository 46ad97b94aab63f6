import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { needs } from '../tools/testing/needs.ts'
import { clientEnvironment, startServer } from './server.ts'

const TOUR = join(import.meta.dirname, 'boto3_tour.py')
const PARTS = ['keys_and_aliases', 'pages', 'cryptography', 'states', 'material_and_rotation', 'wrong_uses']

/** The first Python on the path is not always the one that the system's package installs boto3 for. */
const python = ['python3', '/usr/bin/python3'].find(
  (program) => spawnSync(program, ['-c', 'import boto3'], { stdio: 'ignore' }).status === 0,
)

test('boto3 finds in the server what it finds in AWS', { skip: python === undefined && needs('boto3') }, async (t) => {
  assert(python !== undefined, 'no Python here has boto3')
  const server = await startServer()
  t.after(() => server.stop())
  const env = { ...clientEnvironment(server), KEYHOLD_ENDPOINT: server.endpoint, KEYHOLD_ACCOUNT: server.accountId }
  const child = spawn(python, [TOUR], { env })
  const exit = once(child, 'exit') as Promise<[number]>
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exit])
  assert.equal(code, 0, stderr)
  assert.deepEqual(
    stdout.trim().split('\n'),
    PARTS.map((part) => `passed: ${part}`),
  )
})
