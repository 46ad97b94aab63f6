import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { TestContext } from 'node:test'
import { EnvelopeError, KmsError } from '@keyhold/client'
import { OutputGone } from '../../src/descriptors/failures.ts'
import { standardError } from '../../src/descriptors/standard.ts'
import { EXIT, SeveralFailures } from '../../src/process/exit.ts'
import { runAll } from '../../src/files/run-all.ts'
import type { RunAllOptions } from '../../src/files/run-all.ts'
import type { Task, Verb } from '../../src/files/task.ts'
import { UsageError } from '../../src/base/errors.ts'

const VERIFY: Verb = { name: 'verify', done: 'verified', reads: 'ciphertext', writes: 'nothing' }
const never = new AbortController().signal

/** Runs tasks of these names and answers what was said. */
async function run(
  scope: TestContext,
  names: readonly string[],
  work: (name: string) => void | Promise<void>,
  options: Partial<RunAllOptions> & { skipped?: { path: string; reason: string }[] } = {},
): Promise<{ said: string[]; error: unknown }> {
  const { mock } = scope.mock.method(standardError, 'write', () => undefined)
  const tasks = names.map((input): Task => ({ input, open: () => assert.fail('not opened here') }))
  const { skipped = [], ...how } = options
  const error = await runAll({ verb: VERIFY, tasks, skipped }, { jobs: 1, signal: never, ...how }, async ({ input }) =>
    work(input),
  ).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return { said: mock.calls.map((call) => String(call.arguments[0]).trimEnd()), error }
}

describe('several files', () => {
  test('are counted', async (scope) => {
    assert.deepEqual(await run(scope, ['a'], () => undefined), {
      said: ['keyhold: 1 file verified.'],
      error: undefined,
    })
    const skipped = [{ path: 'x\u001b', reason: 'it is a symbolic link' }]
    assert.deepEqual((await run(scope, [], () => undefined, { skipped })).said, [
      String.raw`keyhold: skipped x\u001b: it is a symbolic link`,
      'keyhold: 0 files verified, 1 skipped.',
    ])
  })

  test('fail by themselves, and each says why', async (scope) => {
    const done: string[] = []
    const { said, error } = await run(scope, ['a', 'b\n', 'c'], (name) => {
      if (name === 'c') done.push(name)
      else throw new UsageError(`no ${name.trim()} '/proc/self/fd/17/x'`)
    })
    assert.deepEqual(done, ['c'])
    assert.deepEqual(said, ["keyhold: a: no a 'x'", String.raw`keyhold: b\u000a: no b 'x'`])
    assert.ok(error instanceof SeveralFailures)
    assert.deepEqual([error.message, error.exitCode], ['1 file verified, 2 failed.', EXIT.usage])
  })

  test('exit with what is worst: only if all may pass should a script try again', async (scope) => {
    const errors: Record<string, Error> = {
      bug: new TypeError('odd'),
      changed: new EnvelopeError('NOT_AUTHENTIC', 'x'),
      other: new EnvelopeError('CONTEXT_MISMATCH', 'x'),
      denied: new KmsError('AccessDeniedException', '', { operation: 'Decrypt', endpoint: 'e', retryable: false }),
      busy: new KmsError('ThrottlingException', '', { operation: 'Decrypt', endpoint: 'e', retryable: true }),
    }
    const exitCode = async (...names: string[]): Promise<number> => {
      const { error } = await run(scope, names, (name) => Promise.reject(errors[name]!))
      return (error as SeveralFailures).exitCode
    }
    assert.equal(await exitCode('busy', 'busy'), EXIT.unreachable)
    assert.equal(await exitCode('busy', 'denied', 'busy'), EXIT.denied)
    assert.equal(await exitCode('other', 'changed', 'denied'), EXIT.doesNotOpen)
    assert.equal(await exitCode('changed', 'bug', 'other'), EXIT.bug)
  })

  test('are not begun after a failure when that is asked for', async (scope) => {
    const begun: string[] = []
    const work = (name: string): void => {
      begun.push(name)
      if (name === 'b') throw new UsageError('no')
    }
    const { error } = await run(scope, ['a', 'b', 'c', 'd'], work, { failFast: true })
    assert.deepEqual(begun, ['a', 'b'])
    assert.equal((error as Error).message, '1 file verified, 1 failed, 2 not begun.')
  })

  test('count what was left out, and folders that failed', async (scope) => {
    const { mock } = scope.mock.method(standardError, 'write', () => undefined)
    const finish = () => Promise.resolve([{ path: 'out/x', error: new UsageError('no') }])
    const tasks = [{ input: 'a', open: () => assert.fail('not opened here') }]
    const work = { verb: VERIFY, tasks, skipped: [], leftOut: { existing: 2, excluded: 1 }, finish }
    await assert.rejects(
      runAll(work, { jobs: 1, signal: never }, () => Promise.resolve()),
      { message: '1 file verified, 1 failed, 2 there already, 1 excluded.' },
    )
    assert.deepEqual(
      mock.calls.map((call) => String(call.arguments[0]).trimEnd()),
      ['keyhold: out/x: no'],
    )
  })

  test('end when the reader of their records has gone away, with the worst exit code', async (scope) => {
    for (const [damage, exitCode] of [
      [undefined, EXIT.outputGone],
      [new EnvelopeError('NOT_AUTHENTIC', 'changed'), EXIT.doesNotOpen],
    ] as const) {
      let isGone = false
      const options = { isOver: () => isGone }
      const { error } = await run(
        scope,
        ['damaged', 'first', 'second'],
        (name) => {
          if (name === 'damaged' && damage !== undefined) throw damage
          isGone = name === 'first'
          if (isGone) throw new OutputGone('gone')
        },
        options,
      )
      assert.ok(error instanceof SeveralFailures)
      assert.equal(error.exitCode, exitCode)
      assert.match(error.message, /^The reader of the records has gone away: .*, 1 not begun\.$/)
      scope.mock.restoreAll()
    }
  })

  test('say nothing but what fails where that is asked for', async (scope) => {
    const skipped = [{ path: 'x', reason: 'it is a symbolic link' }]
    const quietly = { quiet: true, skipped }
    assert.deepEqual((await run(scope, ['a'], () => undefined, quietly)).said, [])
    const { said, error } = await run(scope, ['b'], () => Promise.reject(new UsageError('no')), quietly)
    assert.deepEqual([said, (error as Error).message], [['keyhold: b: no'], '0 files verified, 1 failed, 1 skipped.'])
  })

  test('are worked on as many at once as asked for, and no more', async (scope) => {
    let running = 0
    let most = 0
    const work = async (): Promise<void> => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setImmediate(resolve))
      running -= 1
    }
    await run(scope, ['a', 'b', 'c', 'd', 'e'], work, { jobs: 3 })
    assert.equal(most, 3)
  })

  test('are stopped together, once each has cleaned up', async (scope) => {
    const controller = new AbortController()
    const reason = new Error('stopped')
    const cleaned: string[] = []
    const work = async (name: string): Promise<void> => {
      if (name === 'b') controller.abort(reason)
      await new Promise((resolve) => setImmediate(resolve))
      cleaned.push(name)
      controller.signal.throwIfAborted()
    }
    const { said, error } = await run(scope, ['a', 'b', 'c'], work, { jobs: 2, signal: controller.signal })
    assert.equal(error, reason)
    assert.deepEqual(cleaned, ['a', 'b'])
    assert.deepEqual(said, ['keyhold: Stopped: 0 files verified, 3 not done.'])
  })
})
