import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { askSecret, type SecretTerminal } from '../../src/terminal/ask-secret.ts'

interface Watched extends SecretTerminal {
  shown(): string
  raw: boolean[]
}

function terminal(chunks: readonly (string | Buffer)[], isTTY = true): Watched {
  const raw: boolean[] = []
  let text = ''
  const output = { isTTY, write: (more: string) => (text += more) }
  const input = Object.assign(new PassThrough(), { isTTY, setRawMode: (on: boolean) => raw.push(on) })
  for (const chunk of chunks) input.write(chunk)
  input.end()
  return { input, output, raw, shown: () => text }
}

const typed = async (place: SecretTerminal): Promise<string | undefined> => {
  const secret = await askSecret('Passphrase: ', place)
  return secret && Buffer.from(secret.reveal()).toString()
}

test('what is typed is not shown, and the terminal shows again what is typed later', async () => {
  const place = terminal(['corr', 'ect\r'])
  assert.equal(await typed(place), 'correct')
  assert.equal(place.shown(), 'Passphrase: \n')
  assert.deepEqual(place.raw, [true, false])
})

test('backspace takes a character back, whatever its length, and Ctrl-U the line', async () => {
  assert.equal(await typed(terminal(['ab\u007fc\u0008d\n'])), 'ad')
  assert.equal(await typed(terminal(['añ\u007fb\n'])), 'ab')
  assert.equal(await typed(terminal(['\u007f\u007fa\n'])), 'a')
  assert.equal(await typed(terminal(['wrong\u0015right\r'])), 'right')
})

test('an interrupt, an end and too long a line are no secret', async () => {
  for (const chunks of [['ab\u0003'], ['ab\u0004'], ['ab'], ['a'.repeat(1025), '\n']]) {
    const place = terminal(chunks)
    await assert.rejects(typed(place), { name: 'UsageError' })
    assert.deepEqual(place.raw, [true, false])
  }
})

test('a script is not asked', async () => {
  const place = terminal(['secret\n'], false)
  assert.equal(await typed(place), undefined)
  assert.equal(place.shown(), '')
})
