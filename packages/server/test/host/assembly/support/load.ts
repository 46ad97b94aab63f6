import type { KmsClient, DataKey, Reply } from './client.ts'
import { randomBase64 } from './vault.ts'

/** What a server said that it had done. */
export interface Acknowledged {
  requestIds: string[]
  keys: string[]
  aliases: { name: string; keyId: string }[]
  tags: { keyId: string; tag: string }[]
  dataKeys: DataKey[]
}

export function nothingAcknowledged(): Acknowledged {
  return { requestIds: [], keys: [], aliases: [], tags: [], dataKeys: [] }
}

/** Changes and data keys, one after the other, until the server is gone. Anything but success counts in `refusals`. */
export async function writeUntilGone(
  client: KmsClient,
  acknowledged: Acknowledged,
  refusals: string[] = [],
): Promise<void> {
  try {
    for (;;) await writeOnce(client, acknowledged, refusals)
  } catch (error) {
    // The connection broke: what was under way was not acknowledged.
    if (!(error instanceof Error && 'code' in error)) throw error
  }
}

async function writeOnce(client: KmsClient, acknowledged: Acknowledged, refusals: string[]): Promise<void> {
  const done = (reply: Reply): boolean => {
    if (reply.status === 200) acknowledged.requestIds.push(reply.requestId)
    else refusals.push(`${reply.status} ${reply.text}`)
    return reply.status === 200
  }
  const created = await client.call('CreateKey', {})
  if (!done(created)) return
  const keyId = (created.body['KeyMetadata'] as { KeyId: string }).KeyId
  acknowledged.keys.push(keyId)

  const name = `alias/${randomBase64(12).replaceAll(/[^a-zA-Z0-9]/g, '-')}`
  const aliased = await client.call('CreateAlias', { AliasName: name, TargetKeyId: keyId })
  if (done(aliased)) acknowledged.aliases.push({ name, keyId })

  const tag = randomBase64(9)
  const tagged = await client.call('TagResource', { KeyId: keyId, Tags: [{ TagKey: tag, TagValue: 'v' }] })
  if (done(tagged)) acknowledged.tags.push({ keyId, tag })

  for (let count = 0; count < 5; count++) {
    const given = await client.call('GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' })
    if (done(given)) acknowledged.dataKeys.push(given.body as unknown as DataKey)
  }
}

/** Sentences about everything acknowledged that the server does not know any more. */
export async function losses(client: KmsClient, { keys, aliases, tags, dataKeys }: Acknowledged): Promise<string[]> {
  const lost: string[] = []
  const must = async (what: string, holds: Promise<boolean>): Promise<void> => {
    if (!(await holds.catch(() => false))) lost.push(what)
  }
  const isKey = async (named: string, keyId: string): Promise<boolean> => {
    const { KeyMetadata } = await client.ok<{ KeyMetadata: { KeyId: string } }>('DescribeKey', { KeyId: named })
    return KeyMetadata.KeyId === keyId
  }
  const hasTag = async (keyId: string, tag: string): Promise<boolean> => {
    const { Tags } = await client.ok<{ Tags: { TagKey: string }[] }>('ListResourceTags', { KeyId: keyId })
    return Tags.some(({ TagKey }) => TagKey === tag)
  }
  const opens = async ({ CiphertextBlob, Plaintext }: DataKey): Promise<boolean> =>
    (await client.ok('Decrypt', { CiphertextBlob }))['Plaintext'] === Plaintext
  await inTurns([
    ...keys.map((keyId) => () => must(`key ${keyId}`, isKey(keyId, keyId))),
    ...aliases.map(
      ({ name, keyId }) =>
        () =>
          must(`alias ${name}`, isKey(name, keyId)),
    ),
    ...tags.map(
      ({ keyId, tag }) =>
        () =>
          must(`tag ${tag} of ${keyId}`, hasTag(keyId, tag)),
    ),
    ...dataKeys.map((dataKey) => () => must(`data key ${dataKey.CiphertextBlob}`, opens(dataKey))),
  ])
  return lost
}

/** Runs the tasks, 16 at a time. */
export async function inTurns(tasks: (() => Promise<void>)[]): Promise<void> {
  const queue = tasks.values()
  const worker = async (): Promise<void> => {
    for (const task of queue) await task()
  }
  await Promise.all(Array.from({ length: 16 }, worker))
}

/** Of `requestIds`, those that are not exactly once among the `recorded` ones, and how often they are. */
export function notOnce(requestIds: readonly string[], recorded: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const id of recorded) counts.set(id, (counts.get(id) ?? 0) + 1)
  return requestIds.flatMap((id) => (counts.get(id) === 1 ? [] : [`${id}: ${counts.get(id) ?? 0} times`]))
}
