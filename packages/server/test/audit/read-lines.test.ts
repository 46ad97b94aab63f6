import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { folder } from '../../../../tools/testing/folder.ts'
import { MAX_LINE_BYTES } from '../../src/audit/lines.ts'
import { LineTooLongError, readFirstLine, readLines } from '../../src/audit/read-lines.ts'

/** Lines that need several reads, one of them longer than a read. */
const LINES = ['first', '', 'x'.repeat(300_000), ...Array.from({ length: 20_000 }, (_, index) => `line ${index}`)]
const WHOLE = LINES.map((line) => `${line}\n`).join('')

async function read(text: string, end?: number, from?: number) {
  await using files = await folder()
  await writeFile(files.path('file'), text)
  const found: { text: string; offset: number; complete: boolean }[] = []
  for await (const lines of readLines(files.path('file'), end, from)) {
    for (const { bytes, offset, complete } of lines) {
      found.push({ text: Buffer.from(bytes).toString(), offset, complete })
    }
  }
  return found
}

test('every line comes whole, with where it begins', async () => {
  const found = await read(WHOLE)
  let offset = 0
  const expected = LINES.map((line) => {
    const begins = { text: line, offset, complete: true }
    offset += line.length + 1
    return begins
  })
  assert.deepEqual(found, expected)
})

test('what follows the last newline is a line that is not complete', async () => {
  assert.deepEqual((await read(`${WHOLE}torn`)).at(-1), { text: 'torn', offset: WHOLE.length, complete: false })
})

test('nothing is read beyond the end that was asked for, nor before the beginning', async () => {
  assert.deepEqual(await read('one\ntwo\nthree\n', 8, 4), [{ text: 'two', offset: 4, complete: true }])
  assert.deepEqual((await read('one\ntwo\n', 6)).at(-1), { text: 'tw', offset: 4, complete: false })
})

test('a line of the greatest length is read, and a longer one refused where it begins', async () => {
  const longest = 'x'.repeat(MAX_LINE_BYTES)
  assert.equal((await read(`a\n${longest}\n`))[1]?.text.length, MAX_LINE_BYTES)
  await assert.rejects(read(`a\n${longest}xx`), (error) => error instanceof LineTooLongError && error.offset === 2)
})

test('the first line is none before its newline is there', async () => {
  await using files = await folder()
  for (const [text, first] of [
    ['', undefined],
    ['torn', undefined],
    ['a\nb', 'a'],
  ] as const) {
    await writeFile(files.path('file'), text)
    const found = await readFirstLine(files.path('file'))
    assert.equal(found && Buffer.from(found).toString(), first)
  }
})
