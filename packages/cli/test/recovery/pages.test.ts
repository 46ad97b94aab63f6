import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HolderShare } from '@keyhold/server'
import decodeQr from 'jsqr'
import { htmlPage, textPage } from '../../src/recovery/page.ts'
import vector from '../../../../vectors/recovery-shares/version-1.json' with { type: 'json' }

const [first] = vector.shares
const SHARE: HolderShare = {
  root: '6f1d3c52',
  set: '0d9c6f2e',
  index: 1,
  threshold: 3,
  count: 5,
  line: first!.line,
  words: first!.words.split('\n').map((row) => row.split(' ')),
}
const PIXELS = 4

interface Picture {
  pixels: Uint8ClampedArray
  width: number
}

/** The code of a page as a scanner sees it: `ink` and `paper` are greys from 0 to 255. */
function scan(page: string, { ink, paper }: { ink: number; paper: number }): Picture {
  const [, size] = /viewBox="0 0 (\d+) \d+"/.exec(page) ?? []
  const [, path] = /fill="#000" d="([^"]+)"/.exec(page) ?? []
  assert(size !== undefined && path !== undefined)
  const width = Number(size) * PIXELS
  const pixels = new Uint8ClampedArray(width * width * 4).fill(paper)
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    paint({ pixels, width }, { x: Number(x), y: Number(y), columns: Number(length), rows: 1 }, ink)
  }
  return { pixels, width }
}

function paint(
  { pixels, width }: Picture,
  { x, y, columns, rows }: { x: number; y: number; columns: number; rows: number },
  grey: number,
): void {
  for (let row = y * PIXELS; row < (y + rows) * PIXELS; row++) {
    const start = (row * width + x * PIXELS) * 4
    pixels.fill(grey, start, start + columns * PIXELS * 4)
  }
}

function read({ pixels, width }: Picture): string | undefined {
  // The module is CommonJS: its types name an export that the module itself is.
  const decode = decodeQr as unknown as typeof decodeQr.default
  return decode(pixels, width, width)?.data
}

test('a reader that others wrote reads the code of a page, in pale grey print, and with a stain on it', () => {
  const page = htmlPage(SHARE)
  assert.equal(read(scan(page, { ink: 0, paper: 255 })), SHARE.line)
  const pale = scan(page, { ink: 60, paper: 200 })
  assert.equal(read(pale), SHARE.line)
  paint(pale, { x: 18, y: 26, columns: 7, rows: 7 }, 60)
  assert.equal(read(pale), SHARE.line)
})

test('a page has all forms of its share and none of any other, prints in black, and loads nothing', () => {
  const page = htmlPage(SHARE)
  for (const word of SHARE.words.flat()) assert(page.includes(` ${word}</td>`), word)
  assert(page.includes(SHARE.line))
  for (const { line } of vector.shares.slice(1)) assert(!page.includes(line))
  assert.deepEqual([...new Set(page.match(/#[0-9a-f]{3,6}\b/g))].toSorted(), ['#000', '#fff'])
  assert.match(page, /default-src 'none'/)
  for (const loading of ['<script', '<link', '<img', 'url(', '@import']) assert(!page.includes(loading), loading)
  const addresses = page.replaceAll('http://www.w3.org/2000/svg', '').match(/https?:/g)
  assert.equal(addresses, null)
})

test('every word of a page is numbered, in rows', () => {
  const numbers = [...htmlPage(SHARE).matchAll(/<small>(\d+)<\/small> ([a-z]+)/g)].map(([, number, word]) => [
    number,
    word,
  ])
  assert.deepEqual(
    numbers,
    SHARE.words.flat().map((word, place) => [String(place + 1), word]),
  )
  const lines = textPage(SHARE).split('\n')
  const row = lines.find((line) => line.includes(' 7 '))
  assert.deepEqual(row?.match(/[a-z]+/g), SHARE.words[1])
  assert(lines.every((line) => line.length <= 130))
})
