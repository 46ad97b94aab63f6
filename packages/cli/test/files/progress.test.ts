import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { canShowProgress, Meter, progressLine, showProgress, size } from '../../src/files/progress.ts'

const MIB = 2 ** 20

describe('a line of progress', () => {
  const done = { bytes: 50 * MIB, files: 57, bytesPerSecond: 25 * MIB }

  test('of one file has its name, bytes, rate and time left', () => {
    const amount = { name: 'backup.tar', bytes: 100 * MIB }
    assert.equal(progressLine(done, amount, 80), 'backup.tar  50 % of 100.0 MiB  25.0 MiB/s  2 s left')
  })

  test('of several has the files done of all', () => {
    const amount = { files: 200, bytes: 4000 * MIB }
    assert.equal(progressLine(done, amount, 80), '57 of 200 files  1 % of 3.9 GiB  25.0 MiB/s  2 min 38 s left')
  })

  test('of what has no length says how much there was', () => {
    assert.equal(progressLine(done, { name: '-' }, 80), '-  50.0 MiB  25.0 MiB/s')
  })

  test('does not guess while nothing is known, and is never beyond the end', () => {
    assert.equal(progressLine({ bytes: 0, files: 0, bytesPerSecond: 0 }, { bytes: 0 }, 80), '100 % of 0 B')
    assert.equal(
      progressLine({ bytes: 9, files: 0, bytesPerSecond: 1 }, { bytes: 3 }, 80),
      '100 % of 3 B  1 B/s  0 s left',
    )
    assert.equal(progressLine({ bytes: 0, files: 0, bytesPerSecond: 0 }, { bytes: 3 }, 80), '0 % of 3 B')
  })

  test('fits every width, and loses the time left, the rate and the name first', () => {
    const names = ['a', 'a/long/path/to/some/backup-of-2026.tar', '語'.repeat(60), 'new\nline\u001b[2J']
    const amounts = [...names.map((name) => ({ name, bytes: 100 * MIB })), { files: 1_000_000, bytes: 2 ** 50 }, {}]
    for (const amount of amounts)
      for (let columns = 0; columns < 130; columns += 1) {
        const line = progressLine(done, amount, columns)
        const width = Array.from(line).reduce(
          (sum, character) => sum + (character > '~' && character !== '…' ? 2 : 1),
          0,
        )
        assert.ok(width <= columns, `${width} of ${columns}: ${line}`)
        assert.doesNotMatch(line, /[\n\u001b]/)
      }
    const amount = { name: 'a/long/path/to/backup-of-2026.tar', bytes: 100 * MIB }
    assert.equal(progressLine(done, amount, 60), '…backup-of-2026.tar  50 % of 100.0 MiB  25.0 MiB/s  2 s left')
    assert.equal(progressLine(done, amount, 32), '50 % of 100.0 MiB  25.0 MiB/s')
    assert.equal(progressLine(done, amount, 20), '50 % of 100.0 MiB')
    assert.equal(progressLine(done, amount, 11), '')
  })
})

test('sizes keep their unit until the next one is due', () => {
  assert.deepEqual([0, 999, 1000, 1023, 1024, 1536, 999 * MIB, 1023.99 * MIB, 2 ** 62].map(size), [
    '0 B',
    '999 B',
    '1.0 KiB',
    '1.0 KiB',
    '1.0 KiB',
    '1.5 KiB',
    '999.0 MiB',
    '1.0 GiB',
    '4096.0 PiB',
  ])
})

test('the rate is that of the last seconds', () => {
  const meter = new Meter(0)
  assert.equal(meter.rate(0), 0)
  meter.add(1000)
  assert.equal(meter.rate(1000), 1000)
  for (let ms = 2000; ms <= 20_000; ms += 1000) {
    meter.add(10)
    meter.rate(ms)
  }
  assert.equal(meter.rate(20_000), 10)
  assert.equal(meter.bytes, 1190)
})

test('nothing is drawn without a terminal, or where a line cannot be redrawn', () => {
  assert.equal(canShowProgress({ isTTY: true }, 'xterm'), true)
  assert.equal(canShowProgress({ isTTY: true }, undefined), true)
  assert.equal(canShowProgress({ isTTY: true }, 'dumb'), false)
  assert.equal(canShowProgress({ isTTY: false }, 'xterm'), false)
  const screen = { isTTY: false, write: () => assert.fail('drawn') } as unknown as NodeJS.WriteStream
  using progress = showProgress({ bytes: 10 }, screen)
  progress.advance(10)
  progress.clear()
})

test('a line is drawn again and again, and taken away in the end', (scope) => {
  scope.mock.timers.enable({ apis: ['setInterval'] })
  const written: string[] = []
  const screen = {
    isTTY: true,
    columns: 80,
    write: (text: string) => written.push(text),
  } as unknown as NodeJS.WriteStream
  {
    using progress = showProgress({ name: 'a', bytes: 10 }, screen)
    progress.advance(5)
    assert.deepEqual(written, [])
    scope.mock.timers.tick(250)
    assert.match(written[0]!, /^\ra {2}50 % of 10 B.*\u001b\[K$/)
    progress.clear()
    assert.equal(written[1], '\r\u001b[K')
    progress.clear()
    assert.equal(written.length, 2)
    scope.mock.timers.tick(250)
  }
  assert.equal(written.at(-1), '\r\u001b[K')
  scope.mock.timers.tick(1000)
  assert.equal(written.length, 4)
})
