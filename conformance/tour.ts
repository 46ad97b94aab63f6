import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { TestContext } from 'node:test'
import { ended } from '../tools/testing/keyhold.ts'
import { clientEnvironment, startServer, type TestServer } from './server.ts'

/**
 * Runs another's program against a new server, and answers with what it printed. What the server needs first, `prepare` does,
 * and answers with more of the program's environment.
 */
export async function runAgainstServer(
  t: TestContext,
  [program, ...args]: readonly [program: string, ...args: string[]],
  prepare?: (server: TestServer) => Promise<NodeJS.ProcessEnv>,
): Promise<string> {
  const server = await startServer()
  t.after(() => server.stop())
  const env = {
    ...clientEnvironment(server),
    ...(await prepare?.(server)),
    KEYHOLD_ENDPOINT: server.endpoint,
    KEYHOLD_ACCOUNT: server.accountId,
  }
  const { status, stdout, stderr } = await ended(spawn(program, args, { env }))
  assert.equal(status, 0, stderr + stdout)
  return stdout
}

/** {@link runAgainstServer}, for a program that says of each of its parts that it passed, or that its tool is too old for it. */
export async function followParts(
  t: TestContext,
  command: readonly [program: string, ...args: string[]],
  parts: readonly string[],
  prepare?: (server: TestServer) => Promise<NodeJS.ProcessEnv>,
): Promise<void> {
  const stdout = await runAgainstServer(t, command, prepare)
  const outcomes = partsIn(stdout)
  assert.deepEqual(
    outcomes.map(({ part }) => part),
    parts,
  )
  for (const { part, lack } of outcomes) if (lack !== undefined) await t.test(part, { skip: lack })
}

/** What a tour printed of its parts, in order. */
export function partsIn(stdout: string): { part: string; lack?: string }[] {
  return stdout.trim().split('\n').map(outcomeOf)
}

/** `passed: PART`, or `too old here: PART: TOOL, which lacks WHAT`. */
function outcomeOf(line: string): { part: string; lack?: string } {
  const [, passed] = /^passed: (\w+)$/.exec(line) ?? []
  if (passed !== undefined) return { part: passed }
  const [, part = '', lack] = /^too old here: (\w+): (.*)$/.exec(line) ?? []
  assert(lack !== undefined, `a tour printed ${line}`)
  return { part, lack: `too old here: ${lack}` }
}
