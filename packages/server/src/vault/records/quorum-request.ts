import { defineTable, fromJson, global } from './table.ts'

/** An approval, with what it takes to see later whether its credentials and rights are still in force. */
export interface Approval {
  /** The id of the user or role. Sessions of one role have one. */
  principalId: string
  arn: string
  /** The ids of all who took part in making its credentials. */
  people: readonly string[]
  atMs: number
  /** Of the request that approved. */
  eventId: string
  accessKeyId: string
  /** For temporary credentials: the access keys that they were made with. */
  session?: { madeWith?: readonly { accessKeyId: string; epoch: number }[] }
  sourceIp: string
  secure: boolean
}

/** A call that waits for approvals, or was denied. Once it is done, or withdrawn, its row is gone. */
export interface QuorumRequest {
  accountId: string
  /** A UUID. */
  requestId: string
  /** The user or role by its id, or an operator by the name in the operating system. */
  requester: { id: string; arn: string; people: readonly string[] }
  /** `kms:ScheduleKeyDeletion` */
  action: string
  resource: string
  /** What can be logged of the call's input. */
  input: Readonly<Record<string, unknown>>
  /** Of all that was asked, and of the key, its policy and the rules as they were: what is approved is this and nothing else. */
  digest: string
  rules: readonly string[]
  createdMs: number
  expiresMs: number
  approvals: readonly Approval[]
  denied?: { arn: string; atMs: number }
}

export const quorumRequestTable = defineTable({
  name: 'quorum_request',
  id: ({ accountId, requestId }: Pick<QuorumRequest, 'accountId' | 'requestId'>) => `${accountId}/${requestId}`,
  owner: ({ accountId }: Pick<QuorumRequest, 'accountId'>) => accountId,
  domain: global,
  read: fromJson<QuorumRequest>,
  absence: 'Nothing is approved: the call has to be made, and approved, from the start.',
  dispensable: true,
})
