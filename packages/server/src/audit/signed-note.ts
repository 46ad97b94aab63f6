import { bytesOfBase64 } from '../platform/base64.ts'
import type { HeadSigner, Sha256, VerifySignature } from './ports.ts'

/** Signed notes (C2SP signed-note): a text, an empty line, and a line with the signature of a named key over the text. */

const ED25519 = 1
const SIGNATURE_BYTES = 64
const KEY_ID_BYTES = 4

/** Returns the note of a text that ends in a newline. The key has the name of the note. */
export function signNote(name: string, text: string, signer: HeadSigner, sha256: Sha256): string {
  const signature = Buffer.concat([keyId(name, signer.publicKey, sha256), signer.sign(Buffer.from(text))])
  return `${text}\n\u2014 ${name} ${signature.toString('base64')}\n`
}

/** The public key in the format of signed note verifiers (a "vkey"). */
export function verifierKeyFor(name: string, publicKey: Uint8Array, sha256: Sha256): string {
  const key = Buffer.concat([Buffer.of(ED25519), publicKey]).toString('base64')
  return `${name}+${keyId(name, publicKey, sha256).toString('hex')}+${key}`
}

/** Returns whether the note has a valid signature of this key over its text. */
export function isSignedNote(
  name: string,
  note: string,
  publicKey: Uint8Array,
  { sha256, verify }: { sha256: Sha256; verify: VerifySignature },
): boolean {
  const end = note.indexOf('\n\n') + 1
  // Other parties can have countersigned the note; their lines are ignored.
  const mine = note
    .slice(end + 1)
    .split('\n')
    .find((line) => line.startsWith(`\u2014 ${name} `))
  const signature = bytesOfBase64(mine?.split(' ')[2] ?? '')
  return (
    signature?.byteLength === KEY_ID_BYTES + SIGNATURE_BYTES &&
    signature.subarray(0, KEY_ID_BYTES).equals(keyId(name, publicKey, sha256)) &&
    verify(Buffer.from(note.slice(0, end)), signature.subarray(KEY_ID_BYTES))
  )
}

/** The number after a word, which a line has and nothing else; `NaN` for any other line. */
export function numberAfter(word: string, line = ''): number {
  const [found, digits = '', ...others] = line.split(' ')
  return found === word && others.length === 0 && /^\d{1,15}$/.test(digits) ? Number(digits) : NaN
}

function keyId(name: string, publicKey: Uint8Array, sha256: Sha256): Buffer {
  const hash = sha256(Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(ED25519), publicKey]))
  return Buffer.from(hash, 'hex').subarray(0, KEY_ID_BYTES)
}
