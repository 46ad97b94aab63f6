import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { needs } from '../tools/testing/needs.ts'
import { pythonThatRuns } from './python.ts'
import type { TestServer } from './server.ts'
import { followParts } from './tour.ts'

const python = pythonThatRuns('import boto3')

/** For the `skip` option of a test that needs boto3. */
export function missingBoto3(): false | string {
  return python === undefined && needs('boto3')
}

/**
 * Runs a Python program of this folder against a new server; it says of each of its parts that it passed, or that boto3 is
 * too old for it (tour.py). What the server needs first, `prepare` does, and answers with more of the program's environment.
 */
export async function followTour(
  t: TestContext,
  program: string,
  parts: readonly string[],
  prepare?: (server: TestServer) => Promise<NodeJS.ProcessEnv>,
): Promise<void> {
  assert(python !== undefined, 'no Python here has boto3')
  // -B: programs import others of this folder, and leave nothing in it.
  await followParts(t, [python, '-B', join(import.meta.dirname, program)], parts, prepare)
}
