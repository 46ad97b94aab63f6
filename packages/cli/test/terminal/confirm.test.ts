import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { confirm, type Terminal } from '../../src/terminal/confirm.ts'

function terminal(typed: string, isTTY = true): Terminal & { asked(): string } {
  const output = new PassThrough()
  const input = Object.assign(new PassThrough(), { isTTY })
  input.end(typed)
  return { input, output, asked: () => String(output.read() ?? '') }
}

describe('on a terminal', () => {
  test('yes lets it happen', async () => {
    const place = terminal('yes\n')
    await confirm('It goes.', place)
    assert.equal(place.asked(), 'It goes. Type yes to go on: ')
  })

  for (const typed of ['no\n', 'y\n', '\n', '', 'yes please\n']) {
    test(`${JSON.stringify(typed)} does not`, async () => {
      await assert.rejects(
        confirm('It goes.', terminal(typed)),
        /^UsageError: Not confirmed: everything is as it was\.$/,
      )
    })
  }

  test('the question cannot steer it', async () => {
    const place = terminal('yes\n')
    await confirm('\u001b[2J', place)
    assert(!place.asked().includes('\u001b'))
  })
})

test('once it has answered, it stops reading the terminal, which would keep the command running', async () => {
  const input = Object.assign(new PassThrough(), { isTTY: true })
  input.write('yes\n')
  await confirm('It goes.', { input, output: new PassThrough() })
  await setImmediate()
  assert.deepEqual([input.isPaused(), input.listenerCount('data')], [true, 0])
})

test('a script is not asked', async () => {
  const place = terminal('no\n', false)
  await confirm('It goes.', place)
  assert.equal(place.asked(), '')
})
