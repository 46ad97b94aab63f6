import { join, resolve } from 'node:path'
import { Secret } from '@keyhold/protocol'
import { readSmallFile } from '../../../platform/small-file.ts'
import { type FileRole, readPrivateFile } from '../private-file.ts'
import { RootError } from '../root-error.ts'
import type { Answers, WayContext } from '../ways/kind.ts'

/** Tokens take PINs of at most 255 bytes. */
const MAX_PIN_BYTES = 1024
const PIN_FILE: FileRole = {
  name: 'PIN file',
  remedy: 'Write the PIN of the token to it, with nothing else in it.',
  maxBytes: MAX_PIN_BYTES,
}
const CREDENTIAL = /^credential:([A-Za-z0-9._-]{1,255})$/

/**
 * The PIN that the caller gives, else that of the way's file: a path, relative to the data folder, or `credential:NAME` for a
 * credential that systemd hands to the service. The caller wipes it. Rejects with RootError, `wanting` without any.
 */
export async function readPin(pinFile: string | undefined, context: WayContext, answers: Answers): Promise<Secret> {
  const given = await answers.pin?.(context)
  if (given !== undefined) return given
  if (pinFile === undefined)
    throw new RootError('wanting', `The way ${context.name} needs the PIN of its token. Name its file with --pin-file.`)
  const bytes = await bytesOf(pinFile, context)
  const end = endOf(bytes)
  const pin = Secret.of(new Uint8Array(bytes.subarray(0, end)))
  bytes.fill(0)
  if (end === 0) throw new RootError('damaged', `The PIN file ${pinFile} is empty. ${PIN_FILE.remedy}`)
  return pin
}

async function bytesOf(pinFile: string, { folder }: WayContext): Promise<Uint8Array> {
  const [, credential] = CREDENTIAL.exec(pinFile) ?? []
  if (credential === undefined) return readPrivateFile(resolve(folder, pinFile), PIN_FILE)
  const credentials = process.env['CREDENTIALS_DIRECTORY']
  const advice = `Add LoadCredential=${credential}:… or LoadCredentialEncrypted=${credential}:… to the unit.`
  if (credentials === undefined) throw new RootError('missing', `systemd hands this process no credentials. ${advice}`)
  try {
    return await readSmallFile(join(credentials, credential), MAX_PIN_BYTES)
  } catch (cause) {
    throw new RootError('missing', `systemd hands this process no credential ${credential}. ${advice}`, { cause })
  }
}

/** Editors end the line. */
function endOf(bytes: Uint8Array): number {
  let end = bytes.byteLength
  while (end > 0 && (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d)) end -= 1
  return end
}
