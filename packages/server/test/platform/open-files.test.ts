import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OpenFiles } from '../../src/platform/open-files.ts'
import { manualClock } from '../support/manual-clock.ts'
import { silentLogger } from '../support/silent-logger.ts'

const failure = (code: string): Error => Object.assign(new Error(code), { code, errno: -1, syscall: 'open' })

test('when no more files can be opened, that is said once, counted, and said again when it is over', async () => {
  const clock = manualClock(0)
  const said: string[] = []
  const logger = {
    ...silentLogger,
    error: (text: string) => void said.push(text),
    warn: (text: string) => void said.push(text),
  }
  let outcome: Error | undefined
  const openFiles = new OpenFiles({
    clock,
    logger,
    probe: () => (outcome === undefined ? Promise.resolve() : Promise.reject(outcome)),
  })
  const look = async (next: Error | undefined): Promise<[said: number, exhausted: boolean, times: number]> => {
    outcome = next
    clock.advance(1000)
    await new Promise((resolve) => setImmediate(resolve))
    return [said.length, openFiles.areExhausted, openFiles.timesExhausted]
  }
  assert.deepEqual(await look(undefined), [0, false, 0])
  assert.deepEqual(await look(failure('EACCES')), [0, false, 0])
  assert.deepEqual(await look(failure('EMFILE')), [1, true, 1])
  assert.deepEqual(await look(failure('EMFILE')), [1, true, 1])
  assert.deepEqual(await look(failure('EACCES')), [1, true, 1])
  assert.deepEqual(await look(undefined), [2, false, 1])
  assert.deepEqual(await look(failure('ENFILE')), [3, true, 2])
  await openFiles.stop()
  assert.match(said[0] ?? '', /^no more files can be opened: .*LimitNOFILE/)
})

test('the probe opens a file, and leaves none open', async () => {
  const clock = manualClock(0)
  const openFiles = new OpenFiles({ clock, logger: silentLogger })
  clock.advance(1000)
  await openFiles.stop()
  assert.equal(openFiles.areExhausted, false)
})
