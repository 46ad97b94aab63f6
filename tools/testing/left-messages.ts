import { join } from 'node:path'
import {
  BranchKeyStore,
  createKeyFile,
  Envelope,
  FileBranchKeyStorage,
  hierarchical,
  type KeyArn,
  type Keyring,
  type KmsConnection,
  openKeyFile,
} from '@keyhold/client'

/** A message whose data key is sealed under a key file, or under a version of a branch key. Bytes are base64. */
export interface IndirectMessage {
  by: 'key-file' | 'branch-key'
  context: Record<string, string>
  plaintext: string
  message: string
}

/** What a folder in vectors/data has beside the data folder: the key file `orders.key`, and a branch key store. */
export interface Indirect {
  messages: IndirectMessage[]
  branchKeys: { store: string; id: string }
}

const KEY_FILE = 'orders.key'
const STORE_FOLDER = 'branch-keys'
const STORE = 'tenants of the vectors'
const CONTEXT = { tenant: 't-17', größe: 'ß' }
const MAX_AGE_MS = 60_000

/** Makes the key file and the branch key store in `folder`, and messages under each; of the branch key, under two versions. */
export async function leaveIndirect(folder: string, service: KmsConnection, key: KeyArn): Promise<Indirect> {
  const keyring = service.key(key)
  await createKeyFile(join(folder, KEY_FILE), { keyring })
  const store = storeIn(folder, service, key, STORE)
  const id = await store.createKey({ id: 'tenant/17', context: { department: 'sales' } })
  const messages = [await leave('key-file', await openKeyFile(join(folder, KEY_FILE), { keyring }))]
  for (let version = 1; version <= 2; version += 1) {
    messages.push(await leave('branch-key', hierarchical({ store, branchKey: id, maxAgeMs: MAX_AGE_MS })))
    await store.versionKey(id)
  }
  return { messages, branchKeys: { store: STORE, id } }
}

async function leave(by: IndirectMessage['by'], keyring: Keyring): Promise<IndirectMessage> {
  const plaintext = Buffer.from(`a message by way of a ${by}`)
  const message = await new Envelope({ keyring }).encrypt(plaintext, { context: CONTEXT })
  return {
    by,
    context: CONTEXT,
    plaintext: plaintext.toString('base64'),
    message: Buffer.from(message).toString('base64'),
  }
}

/** The keyrings that open what {@link leaveIndirect} left. */
export async function indirectKeyrings(
  folder: string,
  service: KmsConnection,
  key: KeyArn,
  { branchKeys }: Indirect,
): Promise<Record<IndirectMessage['by'], Keyring>> {
  const store = storeIn(folder, service, key, branchKeys.store)
  return {
    'key-file': await openKeyFile(join(folder, KEY_FILE), { keyring: service.key(key) }),
    'branch-key': hierarchical({ store, branchKey: branchKeys.id, maxAgeMs: MAX_AGE_MS }),
  }
}

function storeIn(folder: string, service: KmsConnection, key: KeyArn, name: string): BranchKeyStore {
  return new BranchKeyStore({ kms: service, key, name, storage: new FileBranchKeyStorage(join(folder, STORE_FOLDER)) })
}
