import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { chmod, copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import { systemRandom } from '../../../../src/crypto/random.ts'
import { askToken } from '../../../../src/vault/root/pkcs11/ask-token.ts'
import type { Pkcs11Settings } from '../../../../src/vault/root/pkcs11/settings.ts'
import { pkcs11Kind } from '../../../../src/vault/root/ways/pkcs11.ts'
import type { RootErrorCode } from '../../../../src/vault/root/root-error.ts'
import type { NewWay } from '../../../../src/vault/root/ways/change-ways.ts'
import { needs } from '../../../../../../tools/testing/needs.ts'
import { PIN, type SoftHsm, SOFTHSM, softHsm } from '../../../support/softhsm.ts'
import { type FolderOfWays, folderOfWays } from '../../../support/ways.ts'

const LOGIN = ['--token-label', 'keyhold', '--login', '--pin', PIN]
const SKIP = { skip: needs('softhsm2', 'opensc', 'pkcs11js') }

interface OnToken extends AsyncDisposable {
  there: FolderOfWays
  hsm: SoftHsm
  serial: string
  settings: Pkcs11Settings
  pinFile: string
  way: NewWay<Pkcs11Settings>
}

/** A data folder and a token, whose PIN is in a file. */
async function onToken(mechanisms?: string): Promise<OnToken> {
  const there = await folderOfWays()
  const hsm = softHsm(there.beside('hsm'), mechanisms)
  const serial = hsm.token('keyhold')
  const pinFile = there.beside('pin')
  await writeFile(pinFile, `${PIN}\n`, { mode: 0o600 })
  const settings = { library: SOFTHSM, label: 'keyhold', pinFile }
  const way = { kind: pkcs11Kind, name: 'hsm', settings }
  return {
    there,
    hsm,
    serial,
    settings,
    pinFile,
    way,
    async [Symbol.asyncDispose]() {
      hsm[Symbol.dispose]()
      await there[Symbol.asyncDispose]()
    },
  }
}

test('a token opens the root by a key that nothing can read', SKIP, async () => {
  await using made = await onToken()
  const { there, hsm, serial, way } = made
  const added = await there.add(way)
  const { parameters, id } = added
  assert.equal(parameters['serial'], serial)
  assert.equal((await there.open()).id, there.root.id)
  const objects = hsm.pkcs11Tool(...LOGIN, '--list-objects')
  assert.match(objects, new RegExp(`Secret Key Object; AES length 32\\s+label: +keyhold ${id} encrypt`))
  assert.match(objects, /Access: +sensitive, always sensitive, never extractable, local/)

  const context = { ...added, folder: there.folder, binding: new Uint8Array(), random: systemRandom }
  await pkcs11Kind.discard?.(parameters, context)
  assert.equal(hsm.pkcs11Tool(...LOGIN, '--list-objects').trim(), '')
})

/** SoftHSM2 2.6.1 takes the first name after the sign for none. */
const CONSTRUCTIONS = [
  { mechanisms: 'ALL', construction: 'aes-256-gcm', part: 'tag' },
  { mechanisms: '-CKM_NONE,CKM_AES_GCM', construction: 'aes-256-cbc+hmac-sha256', part: 'iv' },
  { mechanisms: '-CKM_NONE,CKM_AES_GCM,CKM_SHA256_HMAC', construction: 'aes-256-cbc+aes-256-cmac', part: 'ciphertext' },
] as const

for (const { mechanisms, construction, part } of CONSTRUCTIONS) {
  test(`a token with ${mechanisms} protects by ${construction}, for this way alone`, SKIP, async () => {
    await using made = await onToken(mechanisms)
    const [pin, secret] = [Secret.of(Buffer.from(PIN)), Secret.of(Buffer.alloc(32, 7))]
    const [options, place] = [
      { pin, timeoutMs: 30_000 },
      { ...made.settings, serial: made.serial },
    ]
    const common = { place, binding: Buffer.from('this').toString('base64'), limit: 'low' } as const
    const { sealed } = await askToken({ ...common, deed: 'protect', keyLabel: 'k' }, { ...options, secret })
    assert.ok(sealed)
    assert.equal(sealed.construction, construction)
    const reveal = async (changed: object): Promise<unknown> =>
      askToken({ ...common, deed: 'reveal', sealed, ...changed }, options).then(
        (answer) => Buffer.from(answer.secret?.reveal() ?? ''),
        (error: { fault: string }) => error.fault,
      )
    assert.deepEqual(await reveal({}), Buffer.alloc(32, 7))
    assert.equal(await reveal({ binding: Buffer.from('that').toString('base64') }), 'damaged')
    const damaged: object = { ...sealed.secret, [part]: flippedBase64(sealed.secret[part]) }
    assert.equal(await reveal({ sealed: { ...sealed, secret: damaged } }), 'damaged')
    if (construction === 'aes-256-gcm') return
    // An independent program decrypts it: AES-256-CBC without padding, under the key of that id.
    const [input, output] = [made.there.beside('ciphertext'), made.there.beside('plaintext')]
    await writeFile(input, Buffer.from(sealed.secret.ciphertext, 'base64'))
    const key = [...LOGIN, '--id', sealed.keys[0]?.id ?? '']
    const iv = Buffer.from(sealed.secret.iv, 'base64').toString('hex')
    made.hsm.pkcs11Tool(
      ...key,
      '--decrypt',
      '-m',
      'AES-CBC',
      '--iv',
      iv,
      '--input-file',
      input,
      '--output-file',
      output,
    )
    assert.deepEqual(await readFile(output), Buffer.alloc(32, 7))
  })
}

test('a PIN that was refused is not tried again until a person looked at it', SKIP, async () => {
  await using made = await onToken()
  const { there, pinFile } = made
  const { id } = await there.add(made.way)
  const remembered = `${there.folder}/root/${id}.wrong-pin`
  await writeFile(pinFile, '000000')
  await refuses(there.open(), 'wrong', /refused the PIN, which cost one of its tries/)
  assert.ok(existsSync(remembered))
  // The right one now: it opens as soon as it is tried, and it is not.
  await writeFile(pinFile, PIN)
  await refuses(there.open(), 'wrong', /A PIN was refused before .* remove .*\.wrong-pin/)
  await there.open({ tryPin: true })
  assert.ok(!existsSync(remembered))
  await there.open()
})

test(
  'a PIN comes from the caller, or a credential of systemd, and from no file that others can read',
  SKIP,
  async (t) => {
    await using made = await onToken()
    const { there, settings } = made
    const answers = { pin: async () => Secret.of(Buffer.from(PIN)) }
    const { pinFile: _, ...asked } = settings
    await there.add({ ...made.way, settings: asked, answers })
    await refuses(there.open(), 'wanting', /needs the PIN of its token/)
    assert.equal((await there.open(answers)).id, there.root.id)

    await chmod(made.pinFile, 0o644)
    await refuses(there.add({ ...made.way, name: 'open' }), 'permissions', /chmod 600/)
    await copyFile(made.pinFile, there.beside('keyhold-pin'))
    const credential = { ...settings, pinFile: 'credential:keyhold-pin' }
    await refuses(there.add({ ...made.way, name: 'systemd', settings: credential }), 'missing', /LoadCredential=/)
    process.env['CREDENTIALS_DIRECTORY'] = there.beside('.')
    t.after(() => delete process.env['CREDENTIALS_DIRECTORY'])
    await there.add({ ...made.way, name: 'systemd', settings: credential })
  },
)

test('a token that is away is named, and opens again when it is back', SKIP, async () => {
  await using made = await onToken()
  const { there, hsm } = made
  await there.add(made.way)
  const plugIn = hsm.unplug()
  await refuses(there.open(), 'unreachable', /No slot of .* has the token keyhold \(serial number/)
  hsm.token('keyhold')
  await refuses(there.open(), 'foreign', /The token keyhold is another one: its serial number is/)
  plugIn()
  assert.equal((await there.open()).id, there.root.id)
})

test('a token that lost its key says so', SKIP, async () => {
  await using made = await onToken()
  const { there, hsm } = made
  const way = await there.add(made.way)
  const [{ id }] = (JSON.parse(way.parameters['sealed'] ?? '') as { keys: [{ id: string }] }).keys
  hsm.pkcs11Tool(...LOGIN, '--delete-object', '--type', 'secrkey', '--id', id)
  await refuses(there.open(), 'missing', /does not have the key keyhold .* encrypt, id/)
  const label = `keyhold ${way.id} encrypt`
  hsm.pkcs11Tool(...LOGIN, '--keygen', '--key-type', 'AES:32', '--id', id, '--label', label)
  await refuses(there.open(), 'foreign', /another key was put under its name/)
})

test('a library that does not answer is ended, and one that others can change is not loaded', SKIP, async () => {
  await using made = await onToken()
  const { there, settings } = made
  const place = { ...settings, serial: made.serial }
  await assert.rejects(askToken({ place, deed: 'probe' }, { timeoutMs: 1 }), { fault: 'timeout' })
  await refuses(
    there.add({ ...made.way, settings: { ...settings, library: 'soft.so' } }),
    'refused',
    /no absolute path/,
  )
  const library = there.beside('library.so')
  await copyFile(SOFTHSM, library)
  await chmod(library, 0o777)
  await refuses(there.add({ ...made.way, settings: { ...settings, library } }), 'refused', /written by other users/)
  await writeFile(library, 'not a library')
  await chmod(library, 0o755)
  await refuses(there.add({ ...made.way, settings: { ...settings, library } }), 'unreachable', /cannot be used/)
  await rm(library)
  await refuses(
    there.add({ ...made.way, settings: { ...settings, library } }),
    'unreachable',
    /cannot be read \(ENOENT/,
  )
})

function flippedBase64(text: string): string {
  const bytes = Buffer.from(text, 'base64')
  bytes[0] = (bytes[0] ?? 0) ^ 1
  return bytes.toString('base64')
}

async function refuses(opening: Promise<unknown>, code: RootErrorCode, message: RegExp): Promise<void> {
  await assert.rejects(opening, (error: { code: string; message: string }) => {
    assert.match(error.message, message)
    assert.equal(error.code, code)
    return true
  })
}
