import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Envelope, rawAes } from '@keyhold/client'
import { describeFailure, EXIT } from '../src/process/exit.ts'
import { createProgram } from '../src/program.ts'
import { serverFailure } from '../src/serving/failure.ts'
import { temporaryFolder } from './support/vault.ts'

const ARN = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'

/** Every place of every verb where a file can be named that must be read. FILE is the file, MESSAGE an encrypted file. */
const READING: readonly string[] = [
  `encrypt -k ${ARN} FILE`,
  `encrypt -k ${ARN} -r -o out FILE`,
  `encrypt -k ${ARN} --public-key FILE plain`,
  'encrypt --key-file FILE plain',
  'decrypt FILE',
  'decrypt -r -o out FILE',
  `decrypt -k ${ARN} --key-file FILE MESSAGE`,
  'verify FILE',
  'verify -r FILE',
  `rewrap -k ${ARN} FILE`,
  'inspect FILE',
  'key-file show FILE',
  `key-file rewrap --remove ${ARN} FILE`,
  'key create --policy FILE',
  `key policy ${ARN} --put FILE`,
  `access replay FILE --data none --key ${ARN}`,
  'audit verify --data none --since FILE',
  'dev --port 0 --seed FILE -- true',
  'dev --port 0 --oidc FILE -- true',
  'serve --data FILE',
  'operator account ls --data FILE',
  'audit query --data FILE',
]

/** The same for files that are written. */
const WRITING: readonly string[] = [
  'init data --no-recovery --credentials-file FILE',
  'init data --no-recovery --root-file FILE',
  `verify --metadata-output FILE MESSAGE`,
]

describe('a file that cannot be read', () => {
  const cwd = process.cwd()
  const scope = { after: (fn: () => void) => after(fn) }
  let files: Readonly<Record<string, string>>
  before(async () => {
    const folder = temporaryFolder(scope)
    process.chdir(folder)
    process.env['AWS_REGION'] = 'us-east-1'
    writeFileSync('plain', 'x')
    const keyring = rawAes({ namespace: 'test', name: 'test', wrappingKey: new Uint8Array(32) })
    writeFileSync('message', await new Envelope({ keyring }).encrypt(Buffer.from('x')))
    mkdirSync('folder')
    symlinkSync('loop', 'loop')
    files = {
      missing: 'missing',
      'below a file': 'plain/file',
      'in a circle of links': 'loop',
      'of too long a name': 'n'.repeat(300),
      folder: 'folder',
    }
  })
  after(() => process.chdir(cwd))

  for (const line of [...READING, ...WRITING]) {
    test(`keyhold ${line}`, async () => {
      for (const [what, name] of Object.entries(files)) {
        if (what === 'folder' && (/ -r | --data FILE/.test(line) || WRITING.includes(line))) continue
        const words = line.split(' ').map((word) => (word === 'FILE' ? name : word === 'MESSAGE' ? 'message' : word))
        await refuses(words, what)
      }
    })
  }
})

async function refuses(words: readonly string[], what: string): Promise<void> {
  const error: unknown = await (await createProgram()).parseAsync(words, { from: 'user' }).then(
    () => assert.fail(`done, although it is ${what}`),
    (reason: unknown) => reason,
  )
  const { exitCode, message } = serverFailure(error) ?? describeFailure(error)
  assert.equal(exitCode, EXIT.file, `${what}: ${message}`)
  assert.doesNotMatch(message, /\bE[A-Z]{3,}:/, what)
  assert.match(message.split('\n')[0]!, /^[A-Z"].*\.$/, what)
}

test('a file that cannot be written is named, and not the temporary one beside it', async (scope) => {
  const folder = temporaryFolder(scope)
  const keyring = rawAes({ namespace: 'test', name: 'test', wrappingKey: new Uint8Array(32) })
  const output = join(folder, 'none', 'sealed')
  const source = [Buffer.from('x')]
  const error: unknown = await new Envelope({ keyring })
    .encryptFile(chunksOf(source), output)
    .catch((reason: unknown) => reason)
  assert.match(describeFailure(error).message, new RegExp(`^Cannot open "${output}": no such file or folder\\.`))
})

async function* chunksOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* await Promise.resolve(chunks)
}
