import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { addRole, addUser } from '../../support/identities.ts'
import { ACCOUNT, type Reply, rootOf, TestService } from '../../support/service.ts'

export const ROOT = rootOf(ACCOUNT)
const EVERYTHING = { inline: { all: { Effect: 'Allow', Action: '*', Resource: '*' } } }

/** A service with a requester, three approvers and a role that may approve, all of them administrators. */
export interface QuorumScene extends AsyncDisposable {
  service: TestService
  requester: Caller
  ann: Caller
  bob: Caller
  cid: Caller
  role: Caller
  keyId: string
  arn: string
}

export async function quorumScene(rule: object | undefined = {}): Promise<QuorumScene> {
  const service = await TestService.open('on')
  const [requester, ann, bob, cid] = [
    await administrator(service, 'requester'),
    await administrator(service, 'ann'),
    await administrator(service, 'bob'),
    await administrator(service, 'cid'),
  ]
  const role = await sessionOf(service, 'keepers', 'one')
  const key = await service.createKey({}, requester)
  const scene = {
    service,
    requester,
    ann,
    bob,
    cid,
    role,
    ...key,
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  }
  if (rule) await putRule(scene, rule)
  return scene
}

/** A user with a real access key, who can do everything. */
export async function administrator(service: TestService, name: string): Promise<Caller> {
  const user = await addUser(service, name, EVERYTHING)
  const { AccessKey } = await service.iam<{ AccessKey: { AccessKeyId: string } }>(
    'CreateAccessKey',
    { UserName: name },
    ROOT,
  )
  return { ...user, accessKeyId: AccessKey.AccessKeyId }
}

/** A session of a role that can do everything. */
async function sessionOf(service: TestService, role: string, session: string): Promise<Caller> {
  return { ...(await addRole(service, role, { ...EVERYTHING, session })), session: LIVE }
}

const LIVE = { issuedMs: 0, expiresMs: 8e15, tags: [], transitiveTagKeys: [], madeWith: [] }

function ruleOf({ ann, bob, role }: QuorumScene, change: object = {}): object {
  return {
    RuleName: 'production',
    NeededApprovals: 2,
    Approvers: [ann.principal.arn, bob.principal.arn, role.principal.role?.arn],
    KeyArns: ['*'],
    ...change,
  }
}

export async function putRule(scene: QuorumScene, change: object, caller: Caller = ROOT): Promise<Reply> {
  return keyhold(scene.service, 'PutQuorumRule', ruleOf(scene, change), caller)
}

export async function keyhold(service: TestService, operation: string, input: object, caller: Caller): Promise<Reply> {
  return service.send(`Keyhold.${operation}`, JSON.stringify(input), { ...caller, service: 'keyhold' })
}

export function saidOf({ status, body }: Reply): string {
  return status === 200 ? 'done' : `${String(body['__type'])}: ${String(body['message'])}`
}

/** The request that a refusal names. */
export function waiting(refusal: string): string {
  const id = /AccessDeniedException: .*The request ([0-9a-f-]{36}) waits for approval/.exec(refusal)?.[1]
  if (id === undefined) throw new Error(`no request waits: ${refusal}`)
  return id
}

export async function approve({ service }: QuorumScene, RequestId: string, ...callers: Caller[]): Promise<string[]> {
  const said: string[] = []
  for (const caller of callers) said.push(saidOf(await keyhold(service, 'ApproveRequest', { RequestId }, caller)))
  return said
}
