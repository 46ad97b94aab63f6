import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseEnv } from 'node:util'
import { parseEnvFile } from '../../src/exec/env-file.ts'

const GOOD = `# what the server needs
DB_PASSWORD=a=b c
  export TOKEN = "x # y\\nz"

EMPTY=
LATIN='ä "quoted" $HOME'
KEY="-----BEGIN KEY-----
MIIE
-----END KEY-----"
TICKS=\`a'b"c\`
SPACED=  a  b  ${' '}
LAST=1`

describe('an environment file', () => {
  test('is read as Node reads it', () => {
    const pairs = parseEnvFile(GOOD)
    assert.deepEqual(pairs, [
      ['DB_PASSWORD', 'a=b c'],
      ['TOKEN', 'x # y\nz'],
      ['EMPTY', ''],
      ['LATIN', 'ä "quoted" $HOME'],
      ['KEY', '-----BEGIN KEY-----\nMIIE\n-----END KEY-----'],
      ['TICKS', 'a\'b"c'],
      ['SPACED', 'a  b'],
      ['LAST', '1'],
    ])
    assert.deepEqual({ ...parseEnv(GOOD) }, Object.fromEntries(pairs))
  })

  test('may have Windows’s line ends, and be empty', () => {
    const pairs = [['A', '1'], ['B', '2']] // prettier-ignore
    assert.deepEqual(parseEnvFile('A=1\r\n\r\n# why\r\nB="2"\r\n'), pairs)
    assert.deepEqual(parseEnvFile(''), [])
    assert.deepEqual(parseEnvFile('\n \n#'), [])
  })

  test('may begin with a byte-order mark', () => assert.deepEqual(parseEnvFile('\uFEFFA=1\n'), [['A', '1']]))

  test('keeps a name that occurs twice, for the caller to refuse', () =>
    assert.deepEqual(parseEnvFile('A=1\nA=2\n').map(([, value]) => value), ['1', '2'])) // prettier-ignore

  for (const line of [
    'PASSWORD',
    'PASSWORD=s3cret#more',
    'PASSWORD=s3cret # a remark',
    'PASSWORD=s3cr"et',
    'PASSWORD="s3cret',
    'PASSWORD="s3cret" more',
    "PASSWORD='s3'cret",
    '=s3cret',
    'PASS WORD=s3cret',
    'export=s3cret x"',
  ]) {
    test(`is refused for ${line}`, () =>
      assert.throws(
        () => parseEnvFile(`A=1\nB="1\n2"\n${line}\n`),
        ({ message }: Error) => message.startsWith('Line 4 is not NAME=value') && !message.includes('s3'),
      ))
  }
})
