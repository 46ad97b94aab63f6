import { signedCall, signedRequest } from '../signed-request.ts'
import type { Attack, Target } from './attack.ts'
import { flood } from './flood.ts'
import { iam, newUser } from './iam.ts'

/** AWS's quotas. */
const GROUPS = 10
const POLICIES = 10
const POLICY_CHARACTERS = 6_144
const CONTEXT_CHARACTERS = 8_000

/**
 * A user of another account with as many policies as the quotas allow, each of patterns that have to be searched for in a
 * long encryption context, calls Encrypt.
 */
export const policyWork: Attack<Uint8Array> = {
  async prepare({ port, stranger }: Target) {
    const { KeyMetadata } = await signedCall(port, 'CreateKey', {}, stranger)
    const user = await newUser(port, stranger, 'mallory')
    for (let group = 0; group < GROUPS; group++) await addGroup(port, stranger, `group-${group}`)
    const { KeyId } = KeyMetadata as { KeyId: string }
    const EncryptionContext = { a: 'a'.repeat(CONTEXT_CHARACTERS) }
    return signedRequest(port, 'Encrypt', { KeyId, Plaintext: 'aGVsbG8=', EncryptionContext }, user)
  },
  run: (request, port) => flood({ port, request, connections: 4 }),
}

async function addGroup(port: number, stranger: Target['stranger'], GroupName: string): Promise<void> {
  await iam(port, stranger, 'CreateGroup', { GroupName })
  await iam(port, stranger, 'AddUserToGroup', { GroupName, UserName: 'mallory' })
  for (let policy = 0; policy < POLICIES; policy++) {
    const PolicyName = `${GroupName}-${policy}`
    await iam(port, stranger, 'CreatePolicy', { PolicyName, PolicyDocument: document() })
    const PolicyArn = `arn:aws:iam::${stranger.accountId}:policy/${PolicyName}`
    await iam(port, stranger, 'AttachGroupPolicy', { GroupName, PolicyArn })
  }
}

function document(): string {
  const values = Array.from({ length: Math.floor((POLICY_CHARACTERS - 200) / '"*ab*",'.length) }, () => '*ab*')
  const Condition = { StringLike: { 'kms:EncryptionContext:a': values } }
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: 'kms:*', Resource: '*', Condition },
  })
}
