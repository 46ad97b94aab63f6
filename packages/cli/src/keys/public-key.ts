import type { Command } from 'commander'
import { print } from '../descriptors/standard.ts'
import { publicKeyPem } from '../shared/pem.ts'
import { printJson } from '../terminal/print.ts'
import { keyService, KEY_HELP, type KeyFlags, keyVerb } from './verb.ts'
import { regionOf } from './names.ts'

export function keyPublicKeyCommand(): Command {
  return keyVerb('public-key', "print an asymmetric key's public key in PEM").argument('<key>', KEY_HELP).action(show)
}

async function show(key: string, flags: KeyFlags): Promise<void> {
  const service = await keyService(flags)
  const { PublicKey, ...facts } = await service.call('GetPublicKey', { KeyId: key }, regionOf(key))
  if (PublicKey === undefined) throw new Error(`GetPublicKey did not answer the key of ${key}.`)
  const pem = publicKeyPem(PublicKey)
  if (flags.json === true) printJson({ ...facts, PublicKey: pem })
  else print(pem)
}
