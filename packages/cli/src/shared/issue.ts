import type { Secret } from '@keyhold/protocol'
import { print } from '../descriptors/standard.ts'
import { printJson } from '../terminal/print.ts'
import { properties, table } from '../terminal/table.ts'
import { CredentialsFile } from './credentials-file.ts'

interface Issued {
  accessKeyId: string
  secretAccessKey: Secret
}

/** What is printed of an access key, once: its secret, or the file that has it. Names are those of --json. */
export type IssuedKey = { accessKeyId: string } & ({ secretAccessKey: string } | { credentialsFile: string })

/**
 * Runs `make` and hands its access key out: into a new file, where one is named, else as text to print. The file is made
 * first, as the secret must have somewhere to go once there is one; it goes away again when `make` fails.
 */
export async function issue<T extends Issued>(
  file: string | undefined,
  make: () => Promise<T>,
): Promise<{ made: T; key: IssuedKey }> {
  const credentials = file === undefined ? undefined : await CredentialsFile.create(file)
  try {
    const made = await make()
    using secret = made.secretAccessKey
    await credentials?.write(made.accessKeyId, secret)
    const { accessKeyId } = made
    if (credentials !== undefined) return { made, key: { accessKeyId, credentialsFile: credentials.path } }
    return { made, key: { accessKeyId, secretAccessKey: Buffer.from(secret.reveal()).toString('latin1') } }
  } catch (error) {
    await credentials?.discard()
    throw error
  }
}

/** The access key for a terminal. */
export function keyLines(key: IssuedKey): [name: string, value: string][] {
  return [
    ['Access key id', key.accessKeyId],
    ['Secret', 'secretAccessKey' in key ? key.secretAccessKey : `in ${key.credentialsFile}`],
  ]
}

/** What must be said with it; empty if the secret is in a file. */
export function keyNote(key: IssuedKey): string {
  return 'secretAccessKey' in key ? 'The secret is not shown again: keep it now.\n' : ''
}

/** The policies and grants that named what was made before it was there. */
interface Named {
  documents: readonly { kind: string; resource: string; grantId?: string; principal: string }[]
  count: number
}

/** Shows what was made, with its access key and with what names it already: as text, or with the same facts as JSON. */
export function showIssued(
  facts: readonly (readonly [label: string, name: string, value: string])[],
  key: IssuedKey,
  json: boolean | undefined,
  named: Named = { documents: [], count: 0 },
): void {
  if (json === true) {
    const all = Object.fromEntries(facts.map(([, name, value]) => [name, value]))
    printJson({ ...all, ...key, ...(named.count > 0 && { namedAlready: named }) })
  } else {
    const pairs = facts.map(([label, , value]) => [label, value] as const)
    print(properties([...pairs, ...keyLines(key)]) + keyNote(key) + namedNote(named))
  }
}

function namedNote({ documents, count }: Named): string {
  if (count === 0) return ''
  const lines = documents.map(({ kind, resource, grantId, principal }) => [kind, resource, grantId ?? '-', principal])
  const more = count > documents.length ? `and ${count - documents.length} more\n` : ''
  return `Policies and grants that name it already, and are about it from now on:\n${table(['kind', 'on', 'grant', 'principal'], lines)}${more}`
}
