import assert from 'node:assert/strict'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { RootErrorCode } from '../../../../src/vault/root/root-error.ts'
import { type Tpm2Settings, tpm2Kind } from '../../../../src/vault/root/ways/tpm2.ts'
import { needs } from '../../../../../../tools/testing/needs.ts'
import { type SwTpm, swTpm } from '../../../support/swtpm.ts'
import { type FolderOfWays, folderOfWays, wayFile } from '../../../support/ways.ts'

const SKIP = { skip: needs('swtpm', 'tpm2-tools') }

interface OnTpm extends AsyncDisposable {
  there: FolderOfWays
  tpm: SwTpm
  add(settings?: Tpm2Settings, name?: string): ReturnType<FolderOfWays['add']>
}

async function onTpm(): Promise<OnTpm> {
  const there = await folderOfWays()
  const tpm = await swTpm(there.beside('tpm'))
  return {
    there,
    tpm,
    add: (settings, name = 'tpm') => there.add({ kind: tpm2Kind, name, settings: { tcti: tpm.tcti, ...settings } }),
    async [Symbol.asyncDispose]() {
      await tpm[Symbol.asyncDispose]()
      await there[Symbol.asyncDispose]()
    },
  }
}

test('a TPM opens the root, also after its machine was off, and no other TPM does', SKIP, async () => {
  await using made = await onTpm()
  const { there, tpm } = made
  await made.add()
  await tpm[Symbol.asyncDispose]()
  await refuses(there.open(), 'unreachable', /No TPM answers/)
  {
    await using again = await swTpm(there.beside('tpm'))
    assert.equal((await there.open()).id, there.root.id)
    again.tool('clear')
    await refuses(there.open(), 'foreign', /The TPM was cleared since it sealed the way/)
  }
  await rename(there.beside('tpm'), there.beside('old'))
  await using _other = await swTpm(there.beside('tpm'))
  await refuses(there.open(), 'foreign', /another one than that which sealed the way/)
})

test('a TPM whose registers changed says which', SKIP, async () => {
  await using made = await onTpm()
  const { there, tpm } = made
  await made.add({ pcrs: 'sha256:23,7,4' })
  assert.equal((await there.open()).id, there.root.id)
  tpm.tool('pcrextend', `7:sha256=${'11'.repeat(32)}`)
  await refuses(there.open(), 'wrong', /registers sha256:7 have other values/)
  tpm.tool('pcrextend', `23:sha256=${'11'.repeat(32)}`)
  await refuses(there.open(), 'wrong', /registers sha256:7,23 have other values/)
})

test('the bus of a TPM does not show the secret, which an independent tool unseals', SKIP, async () => {
  await using made = await onTpm()
  const { there, tpm } = made
  const traffic = await tpm.tapped()
  const { parameters } = await made.add({ tcti: traffic.tcti })
  await there.open()
  const seen = Buffer.concat(traffic.stop())
  assert.ok(seen.byteLength > 1000)

  const parts = { pub: 'public', priv: 'private' } as const
  for (const [file, part] of Object.entries(parts))
    await writeFile(join(there.beside('tpm'), file), Buffer.from(parameters[part] ?? '', 'base64'))
  tpm.tool('createprimary', '-Q', '-C', 'o', '-g', 'sha256', '-G', 'ecc', '-c', 'primary.ctx')
  tpm.tool('flushcontext', '-t')
  tpm.tool('load', '-Q', '-C', 'primary.ctx', '-u', 'pub', '-r', 'priv', '-c', 'object.ctx')
  tpm.tool('flushcontext', '-t')
  const content = tpm.tool('unseal', '-c', 'object.ctx')
  assert.equal(content.byteLength, 64)
  assert.ok(!seen.includes(content.subarray(0, 16)) && !seen.includes(content.subarray(32, 48)))
})

test('what a TPM sealed for one way opens no other, nor does what was modified', SKIP, async () => {
  await using made = await onTpm()
  const { there } = made
  const way = await made.add()
  const other = await made.add({}, 'other')
  const withParameters = async (parameters: object): Promise<void> =>
    writeFile(
      wayFile(there, way),
      JSON.stringify({ format: 1, ...way, parameters: { ...way.parameters, ...parameters } }),
    )
  await rm(wayFile(there, other))
  await withParameters(other.parameters)
  await refuses(there.open(), 'damaged', /of another way/)
  const bytes = Buffer.from(way.parameters['private'] ?? '', 'base64')
  bytes[60] = (bytes[60] ?? 0) ^ 1
  await withParameters({ private: bytes.toString('base64') })
  await refuses(there.open(), 'damaged', /tpm2_load \(0x/)
})

test('registers and TPMs that do not exist are refused, and so is a program in the place of a TPM', async () => {
  await using there = await folderOfWays()
  const add = (settings: Tpm2Settings): Promise<unknown> => there.add({ kind: tpm2Kind, name: 'tpm', settings })
  for (const pcrs of ['7', 'sha256', 'sha256:24', 'sha256:7,', 'sha3:7', 'sha256:7+sha1:7', 'sha256:07'])
    await refuses(add({ pcrs }), 'refused', /names no registers/)
  for (const tcti of ['cmd:touch /tmp/x', 'libtss2-tcti-cmd.so.0:x', '/dev/tpm0', 'device:/dev/tpm0\ncmd:x'])
    await refuses(add({ tcti }), 'refused', /names no TPM/)
})

async function refuses(opening: Promise<unknown>, code: RootErrorCode, message: RegExp): Promise<void> {
  await assert.rejects(opening, (error: { code: string; message: string }) => {
    assert.match(error.message, message)
    assert.equal(error.code, code)
    return true
  })
}
