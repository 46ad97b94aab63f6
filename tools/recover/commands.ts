import { readFileSync, writeFileSync } from 'node:fs'
import { type Context, openBlob } from './blob.ts'
import type { BranchKeyStore } from './branch-keys.ts'
import { byKeys, openKeyFile } from './data-key.ts'
import { Failure } from './failure.ts'
import { decryptMessage } from './message.ts'
import type { Key, Material, Vault } from './vault.ts'

/** What a command is given beside the data folder. */
export interface Wanted {
  /** What the command names: a key, or the file of a blob or a message. */
  name: string
  to: string
  context: Context
  keyFile?: string
  branchKeys?: BranchKeyStore
  material?: string
}

/** What the reader does with an open data folder. Each returns what is printed: nothing secret. */
export const COMMANDS: Readonly<Record<string, (vault: Vault, wanted: Wanted) => string>> = {
  list: (vault) => JSON.stringify(shown(vault), undefined, 2),

  material(vault, { name, to, material: wanted }) {
    const key = keyNamed(vault, name)
    const material = key.materials.find(({ materialId, current }) => (wanted ? materialId === wanted : current))
    if (material === undefined) throw new Failure(`Key ${name} has no such material.`)
    writeSecret(to, material.bytes)
    return `${key.spec} ${material.materialId}: ${material.bytes.byteLength} bytes in ${to}`
  },

  'access-keys'({ accessKeys }, { to }) {
    const lines = accessKeys.map(
      ({ accessKeyId, secretAccessKey }) =>
        `[${accessKeyId}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
    )
    writeSecret(to, lines.join('\n'))
    return `${accessKeys.length} access keys in ${to}`
  },

  blob({ keys }, { name, to, context }) {
    writeSecret(to, openBlob(readFileSync(name), context, keys))
    return `Opened into ${to}`
  },

  message({ keys }, { name, to, context, keyFile, branchKeys }) {
    const wrappingKey = keyFile === undefined ? undefined : openKeyFile(readFileSync(keyFile, 'utf8'), keys)
    decryptMessage(name, to, context, byKeys(keys, { wrappingKey, branchKeys }))
    return `Decrypted and verified into ${to}`
  },
}

/** The key with this id, in whichever Region: related keys have the same materials. */
function keyNamed({ keys }: Vault, keyId: string): Key {
  const key = keys.find((one) => one.keyId === keyId)
  if (key === undefined) throw new Failure(`There is no key ${keyId} in the data folder.`)
  return key
}

/** All but what is secret. */
function shown({ keys, accessKeys, verified, faults }: Vault): object {
  const withoutBytes = ({ materialId, current, createdMs }: Material): object => ({ materialId, current, createdMs })
  return {
    keys: keys.map((key) => ({ ...key, materials: key.materials.map(withoutBytes) })),
    accessKeys: accessKeys.map(({ secretAccessKey: _secret, ...rest }) => rest),
    verified,
    faults,
  }
}

/** Never replaces a file. */
function writeSecret(to: string, content: Uint8Array | string): void {
  writeFileSync(to, content, { flag: 'wx', mode: 0o600 })
}
