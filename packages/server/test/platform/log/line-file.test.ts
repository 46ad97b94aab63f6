import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rename, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { LineFile, type Sink } from '../../../src/platform/log/line-file.ts'
import type { LogFields } from '../../../src/platform/logger.ts'
import { manualClock } from '../../support/manual-clock.ts'
import { silentLogger } from '../../support/silent-logger.ts'

const folder = await mkdtemp(join(tmpdir(), 'keyhold-lines-'))
after(() => rm(folder, { recursive: true }))

interface Disk extends Sink {
  text: string
  /** How many more bytes there is room for. */
  room: number
}

function disk(room: number): Disk {
  return {
    text: '',
    room,
    write(bytes) {
      if (this.room === 0) {
        const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', errno: -28 })
        return Promise.reject(Object.assign(full, { syscall: 'write' }))
      }
      const part = bytes.subarray(0, this.room)
      this.room -= part.byteLength
      this.text += Buffer.from(part).toString()
      return Promise.resolve(part.byteLength)
    },
    isElsewhere: () => Promise.resolve(false),
    close: () => Promise.resolve(),
  }
}

async function onDisk(room: number) {
  const sink = disk(room)
  const clock = manualClock(0)
  const said: [string, LogFields | undefined][] = []
  const say = (message: string, fields?: LogFields): void => void said.push([message, fields])
  const logger = { info: say, warn: say, error: say }
  const lines = await LineFile.on({ file: 'access.log', openSink: () => Promise.resolve(sink), clock, logger })
  return { sink, clock, said, lines }
}

/** Until what waits has been written or lost. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a file of lines is added to, follows its name when it is rotated, and its own end when it is truncated', async () => {
  const file = join(folder, 'access.log')
  const clock = manualClock(0)
  const write = async (line: string, lines: LineFile): Promise<void> => {
    lines.write(line)
    await lines.close()
  }
  await write('earlier\n', await LineFile.open(file, { clock, logger: silentLogger }))
  assert.equal(((await stat(file)).mode & 0o137).toString(8), '0')

  const lines = await LineFile.open(file, { clock, logger: silentLogger })
  const put = async (line: string): Promise<void> => {
    clock.advance(2000)
    lines.write(line)
    while (!(await readFile(file, 'utf8').catch(() => '')).endsWith(line)) await settled()
  }
  await put('one\n')
  await rename(file, `${file}.1`)
  await put('two\n')
  await truncate(file)
  await put('three\n')
  await rm(file)
  await put('four\n')
  await rename(file, `${file}.2`)
  lines.write('five\n') // less than a second after the last look
  await lines.close()
  assert.equal(await readFile(`${file}.1`, 'utf8'), 'earlier\none\n')
  assert.equal(await readFile(`${file}.2`, 'utf8'), 'four\nfive\n')
})

test('a file that cannot be opened is an error at the start, and one that cannot be created again is kept', async () => {
  const dependencies = { clock: manualClock(0), logger: silentLogger }
  await assert.rejects(LineFile.open(join(folder, 'none/access.log'), dependencies), { code: 'ENOENT' })
  const sink = { ...disk(100), isElsewhere: () => Promise.resolve(true) }
  let opened = 0
  const openSink = (): Promise<Sink> => (opened++ === 0 ? Promise.resolve(sink) : Promise.reject(new Error('gone')))
  const lines = await LineFile.on({ file: 'access.log', openSink, ...dependencies })
  lines.write('one\n')
  await lines.close()
  assert.deepEqual([sink.text, opened], ['one\n', 2])
})

test('a full disk loses lines, says so once, and says how many when there is room again', async () => {
  const { sink, clock, said, lines } = await onDisk(6)
  for (const line of ['one\n', 'two\n', 'three\n']) lines.write(line)
  await settled()
  assert.deepEqual(
    said.map(([message]) => message),
    ['the access log cannot be written: its lines are lost until it can'],
  )
  for (let line = 0; line < 100; line++) lines.write('lost\n')
  await settled()
  clock.advance(1000)
  lines.write('lost\n')
  await settled()
  assert.equal(said.length, 1)
  sink.room = 1000
  clock.advance(1000)
  lines.write('four\n')
  await settled()
  assert.equal(sink.text, 'one\ntw\nfour\n')
  assert.deepEqual(said.slice(1), [['the access log can be written again', { file: 'access.log', lost: 103 }]])
  assert.equal(lines.lost, 103)
})

test('a disk that hangs takes a limited number of lines, and no writer waits for it', async () => {
  const { sink, lines } = await onDisk(100_000_000)
  const { promise, resolve } = Promise.withResolvers<void>()
  const { write } = sink
  sink.write = async (bytes) => {
    await promise
    return write.call(sink, bytes)
  }
  const line = `${'x'.repeat(1023)}\n`
  lines.write(line)
  await settled()
  for (let written = 0; written < 5000; written++) lines.write(line)
  assert.equal(lines.lost, 5000 - 4096)
  resolve()
  await lines.close()
  assert.equal(sink.text.length, 4097 * 1024)
})

test(
  'a named pipe without a reader is refused, and keeps no one waiting',
  { skip: process.platform === 'win32' },
  async () => {
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    const opened = LineFile.open(pipe, { clock: manualClock(0), logger: silentLogger })
    await assert.rejects(opened, { code: 'ENXIO' })
  },
)
