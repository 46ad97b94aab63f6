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
 * The PIN of the way's file: a path, relative to the data folder, or `credential:NAME` for a credential that systemd hands to the
 * service. Where there is none, that of the file that the caller names; else the caller is asked. A PIN that is meant for another
 * token would cost this one a try, so the way's own comes first. The caller wipes it. Rejects with RootError, `wanting` without any.
 */
export async function readPin(named: string | undefined, context: WayContext, answers: Answers): Promise<Secret> {
  const given = answers.isGiven === true ? undefined : fromWorkingFolder(answers.pinFile)
  if (named !== undefined) {
    try {
      return await pinIn(named, context)
    } catch (error) {
      if (
        (given === undefined && answers.isGiven !== true) ||
        !(error instanceof RootError) ||
        error.code !== 'missing'
      )
        throw error
    }
  }
  if (given !== undefined) return pinIn(given, context)
  const asked = await answers.pin?.(context)
  if (asked !== undefined) return asked
  throw new RootError('wanting', `The way ${context.name} needs the PIN of its token. Name its file with --pin-file.`)
}

async function pinIn(pinFile: string, context: WayContext): Promise<Secret> {
  const bytes = await bytesOf(pinFile, context)
  const end = endOf(bytes)
  const pin = Secret.of(new Uint8Array(bytes.subarray(0, end)))
  bytes.fill(0)
  if (end === 0) throw new RootError('damaged', `The PIN file ${pinFile} is empty. ${PIN_FILE.remedy}`)
  return pin
}

/** As all that is given on a command line is. */
function fromWorkingFolder(pinFile: string | undefined): string | undefined {
  return pinFile === undefined || CREDENTIAL.test(pinFile) ? pinFile : resolve(pinFile)
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
