import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { systemRandom } from '../../../src/crypto/random.ts'
import { encodeRootText, parseRootText } from '../../../src/vault/root/root-text.ts'
import type { RootSecret } from '../../../src/vault/root/root.ts'

const ID = '6f1d3c52-8a0e-4c1b-9f57-2b6d0a9e4c11'
const generation = (number: number): { generation: number; key: ReturnType<typeof systemRandom.secret> } => ({
  generation: number,
  key: systemRandom.secret(32),
})

function rootOf(newest: number, ...older: number[]): RootSecret {
  return { id: ID, ...generation(newest), ...(older.length > 0 && { older: older.map(generation) }) }
}

test('a root of one generation keeps version 1, and one of several is of version 2', () => {
  for (const [root, version] of [
    [rootOf(4), 1],
    [rootOf(4, 3), 2],
    [rootOf(9, 8, 7, 6, 5, 3, 2, 1), 2],
  ] as const) {
    const text = encodeRootText(root)
    assert.ok(text.byteLength <= 1024)
    assert.ok(text.toString().startsWith(`keyhold-root ${version}\nid ${ID}\ngeneration ${root.generation}\nkey `))
    const parsed = parseRootText(text)
    assert.ok(typeof parsed === 'object')
    assert.deepEqual(shown(parsed), shown(root))
  }
})

test('a text of several generations is refused when they are not one root in order', () => {
  const sound = encodeRootText(rootOf(3, 2)).toString()
  const key = `key ${'ab'.repeat(32)}\n`
  const wrong: Readonly<Record<string, string>> = {
    'one generation in version 2': `keyhold-root 2\nid ${ID}\ngeneration 1\n${key}`,
    'two generations in version 1': `keyhold-root 1\nid ${ID}\ngeneration 2\n${key}generation 1\n${key}`,
    'the same generation twice': `keyhold-root 2\nid ${ID}\ngeneration 2\n${key}generation 2\n${key}`,
    'the oldest first': `keyhold-root 2\nid ${ID}\ngeneration 1\n${key}generation 2\n${key}`,
    'a generation without a key': `keyhold-root 2\nid ${ID}\ngeneration 2\n${key}generation 1\n`,
    'no generation': `keyhold-root 2\nid ${ID}\n`,
    'generation 0': `keyhold-root 2\nid ${ID}\ngeneration 1\n${key}generation 0\n${key}`,
    'nine generations': `keyhold-root 2\nid ${ID}\n${[9, 8, 7, 6, 5, 4, 3, 2, 1].map((one) => `generation ${one}\n${key}`).join('')}`,
    'a short key': `keyhold-root 2\nid ${ID}\ngeneration 2\n${key}generation 1\nkey ${'ab'.repeat(31)}\n`,
    'an odd key': `keyhold-root 2\nid ${ID}\ngeneration 2\n${key}generation 1\nkey ${'ab'.repeat(32)}a\n`,
    'upper case': `keyhold-root 2\nid ${ID}\ngeneration 2\n${key}generation 1\nkey ${'AB'.repeat(32)}\n`,
    'an empty line': `keyhold-root 2\n\nid ${ID}\ngeneration 2\n${key}generation 1\n${key}`,
  }
  assert.equal(typeof parseRootText(signed(sound.slice(0, sound.indexOf('checksum')))), 'object')
  for (const [what, text] of Object.entries(wrong)) assert.equal(parseRootText(signed(text)), 'damaged', what)
  assert.equal(parseRootText(signed(sound.slice(0, sound.indexOf('checksum')).replace(' 2', ' 3'))), 'unsupported')
  for (let length = 0; length < sound.length; length++) {
    assert.equal(parseRootText(Buffer.from(sound.slice(0, length))), 'damaged', `${length} bytes`)
  }
})

function signed(text: string): Buffer {
  return Buffer.from(`${text}checksum ${hash('sha256', text)}\n`)
}

function shown({ id, generation: newest, key, older = [] }: RootSecret): unknown {
  const hex = (one: typeof key): string => Buffer.from(one.reveal()).toString('hex')
  return [id, newest, hex(key), ...older.map((one) => [one.generation, hex(one.key)])]
}
