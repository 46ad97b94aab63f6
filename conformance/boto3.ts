import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { ended } from '../tools/testing/keyhold.ts'
import { needs } from '../tools/testing/needs.ts'
import { pythonThatRuns } from './python.ts'
import { clientEnvironment, startServer, type TestServer } from './server.ts'

const python = pythonThatRuns('import boto3')

/** For the `skip` option of a test that needs boto3. */
export function missingBoto3(): false | string {
  return python === undefined && needs('boto3')
}

/**
 * Runs a Python program of this folder against a new server; it says of each of its parts that it passed. What the server
 * needs first, `prepare` does, and answers with more of the program's environment.
 */
export async function followTour(
  t: TestContext,
  program: string,
  parts: readonly string[],
  prepare?: (server: TestServer) => Promise<NodeJS.ProcessEnv>,
): Promise<void> {
  assert(python !== undefined, 'no Python here has boto3')
  const server = await startServer()
  t.after(() => server.stop())
  const env = {
    ...clientEnvironment(server),
    ...(await prepare?.(server)),
    KEYHOLD_ENDPOINT: server.endpoint,
    KEYHOLD_ACCOUNT: server.accountId,
    PYTHONDONTWRITEBYTECODE: '1', // programs import others of this folder
  }
  const { status, stdout, stderr } = await ended(spawn(python, [join(import.meta.dirname, program)], { env }))
  assert.equal(status, 0, stderr)
  assert.deepEqual(
    stdout.trim().split('\n'),
    parts.map((part) => `passed: ${part}`),
  )
}
