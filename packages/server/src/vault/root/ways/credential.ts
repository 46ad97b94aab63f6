import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { unlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { Secret } from '@keyhold/protocol'
import { ROOT_FILE } from '../file-root.ts'
import { type FileRole, readPrivateFile, writeNewPrivateFile } from '../private-file.ts'
import { RootError } from '../root-error.ts'
import type { WayContext, WayKind } from './kind.ts'
import { encodeRootFile, parseRootFile } from './root-file.ts'
import { formOf } from './way-key.ts'

/** A credential of systemd, encrypted by the machine's own key (systemd-creds(1)). */
export interface CredentialSettings {
  /** The credential's name, as the unit has it. */
  credential: string
  /** Where the encrypted credential is made, relative to the data folder. */
  file: string
  /** `host`, `tpm2`, `host+tpm2` or `auto`; `auto` unless given. */
  key?: string
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
const KEYS = ['auto', 'host', 'tpm2', 'host+tpm2']
const CREDENTIAL: FileRole = { ...ROOT_FILE, name: 'systemd credential' }

/**
 * A root file that systemd decrypts for the service (`LoadCredentialEncrypted=`). To other processes, which have no credentials
 * folder, systemd-creds gives it, where they may read the machine's key.
 */
export const credentialKind: WayKind<CredentialSettings> = {
  kind: 'credential',

  async protect(seed, { credential, file, key = 'auto' }, context) {
    if (!NAME.test(credential)) throw new RootError('refused', `${JSON.stringify(credential)} is no credential's name.`)
    if (!KEYS.includes(key)) throw new RootError('refused', `A credential's key is one of ${KEYS.join(', ')}.`)
    const form = (await formOf(context.recipient)) ?? 'hybrid'
    const bytes = await encodeRootFile({ rootId: context.rootId, wayId: context.id, key: { form, seed } })
    try {
      const sealed = await systemdCreds(['encrypt', `--with-key=${key}`, `--name=${credential}`, '-', '-'], bytes)
      await writeNewPrivateFile(resolve(context.folder, file), sealed, CREDENTIAL, context.random)
    } finally {
      bytes.fill(0)
    }
    return { credential, file }
  },

  async reveal({ credential = '', file = '' }, context) {
    if (!NAME.test(credential)) throw new RootError('damaged', `The way ${context.name} names no credential.`)
    const given = process.env['CREDENTIALS_DIRECTORY']
    if (given !== undefined) {
      const found = await readPrivateFile(join(given, credential), CREDENTIAL).catch(unlessMissing)
      if (found) return seedIn(found, context)
    }
    return seedIn(await decrypted(credential, resolve(context.folder, file)), context)
  },

  describe: ({ credential, file }) => `systemd credential ${credential} in ${file}`,

  needsPerson: () => false,

  discard: ({ file = '' }, { folder }) => unlink(resolve(folder, file)),
}

async function decrypted(credential: string, file: string): Promise<Buffer> {
  const role = { ...CREDENTIAL, maxBytes: 1_048_576 }
  const sealed = await readPrivateFile(file, role)
  return systemdCreds(['decrypt', `--name=${credential}`, '-', '-'], sealed)
}

async function seedIn(bytes: Buffer, { rootId, id, name }: WayContext): Promise<Secret> {
  const parsed = await parseRootFile(bytes)
  bytes.fill(0)
  if (typeof parsed !== 'object') throw new RootError('damaged', `The credential of the way ${name} is damaged.`)
  if (parsed.rootId === rootId && parsed.wayId === id) return parsed.key.seed
  parsed.key.seed.wipe()
  throw new RootError('foreign', `The credential of the way ${name} is that of another way, ${parsed.wayId}.`)
}

/** Runs systemd-creds: secrets go through pipes, never through arguments or files. */
async function systemdCreds(args: readonly string[], input: Uint8Array): Promise<Buffer> {
  const child = spawn('systemd-creds', args, { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.on('error', () => {}) // what it does not read is told by its exit code
  child.stdin.end(input)
  const closed = once(child, 'close') as Promise<[number | null]>
  const read = Promise.all([buffer(child.stdout), buffer(child.stderr), closed])
  const [output, notes, [code]] = await read.catch((cause: unknown) => {
    throw new RootError('unreachable', 'systemd-creds cannot be run: is this machine one of systemd 250 or later?', {
      cause,
    })
  })
  if (code === 0) return output
  output.fill(0)
  const said = notes.toString().trim().split('\n').at(-1) ?? ''
  throw new RootError('unreachable', `systemd-creds does not ${args[0] ?? ''} the credential: ${said}`)
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof RootError && error.code === 'missing') return undefined
  throw error
}
