import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { type Credentials, signRequest } from '@keyhold/protocol'
import { toCloudTrail } from '../../../src/audit/cloudtrail.ts'
import { readRecords } from '../../../src/audit/read-records.ts'
import { groupHeaders } from '../../../src/identity/authentication/headers.ts'
import type { RawRequest } from '../../../src/identity/authentication/raw-request.ts'
import { storedAccessKeys } from '../../../src/identity/authentication/stored-access-keys.ts'
import { sigV4Verifier } from '../../../src/identity/authentication/verify-sigv4.ts'
import { systemRandom } from '../../../src/crypto/random.ts'
import { signingHash } from '../../../src/crypto/hmac.ts'
import { serviceHandler, SIGNING_NAMES } from '../../../src/host/http/service.ts'
import { dataPaths } from '../../../src/vault/storage/data-folder.ts'
import { type Presigning, presigned as anyPresigned } from '../../identity/authentication/fixture.ts'
import { readAnswer } from '../../support/query.ts'
import { ACCOUNT, REGION, TestService } from '../../support/service.ts'
import { policyOf, trust } from '../../support/sessions.ts'

const WHO = 'Action=GetCallerIdentity&Version=2011-06-15'
const USERS = 'Action=ListUsers&Version=2010-05-08'
const ANN = `arn:aws:iam::${ACCOUNT}:user/ann`

/** A server that verifies, and a user `ann` of it who may do everything of IAM and KMS. */
class Scene {
  readonly service: TestService
  readonly credentials: Credentials
  readonly #handle: ReturnType<typeof serviceHandler>['handle']

  private constructor(service: TestService, credentials: Credentials) {
    this.service = service
    this.credentials = credentials
    const { directory, hierarchy } = service.services
    const accessKeys = storedAccessKeys(directory, hierarchy)
    const verify = sigV4Verifier({ accessKeys, random: systemRandom, services: SIGNING_NAMES })
    this.#handle = serviceHandler(verify, service.services).handle
  }

  static async open(t: TestContext): Promise<Scene> {
    const service = await TestService.open('on')
    t.after(() => service[Symbol.asyncDispose]())
    await service.user('ann')
    const allow = { UserName: 'ann', PolicyName: 'p', PolicyDocument: policyOf(['iam:*', 'kms:*']) }
    await service.iam('PutUserPolicy', allow)
    const { AccessKey } = await service.iam<{ AccessKey: Record<string, string> }>('CreateAccessKey', {
      UserName: 'ann',
    })
    const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey
    return new Scene(service, { accessKeyId, secretAccessKey })
  }

  presigned(signing: Presigning): RawRequest {
    const timeMs = this.service.clock.now()
    return { ...anyPresigned({ credentials: this.credentials, timeMs, ...signing }), receivedAtMs: timeMs }
  }

  /** A request signed in its header. */
  signed(service: string, method: string, query: string, text = '', more: Record<string, string> = {}): RawRequest {
    const nowMs = this.service.clock.now()
    const url = new URL(`http://localhost/?${query}`)
    const body = Buffer.from(text)
    const target = { region: REGION, service, time: new Date(nowMs) }
    const headers = signRequest({ method, url, headers: more, body }, this.credentials, target, signingHash)
    const rest = { sourceIp: '127.0.0.1', secure: false, requestId: 'r', receivedAtMs: nowMs }
    return { method, path: '/', query, headers: groupHeaders(Object.entries(headers).flat()), body, ...rest }
  }

  /** The whole answer as text, after its status. */
  async text(request: RawRequest): Promise<string> {
    const { status, body } = await this.#handle({ ...request, body: new Uint8Array(request.body) })
    return `${status} ${Buffer.from(body.bytes).toString()}`
  }

  /** What a Query service answers: the result, or `Code: message`. */
  async ask(request: RawRequest): Promise<Record<string, unknown> | string> {
    const text = await this.text(request)
    const answer = readAnswer(text.slice(4))
    return text.startsWith('200 ') ? answer : `${String(answer['Code'])}: ${String(answer['Message'])}`
  }
}

for (const method of ['GET', 'POST']) {
  test(`a presigned ${method} identifies its signer to any sender, again and again until it expires`, async (t) => {
    const scene = await Scene.open(t)
    const request = scene.presigned({ method, service: 'sts', query: WHO })
    for (let sent = 0; sent < 2; sent += 1) {
      const answer = await scene.ask({ ...request, sourceIp: '192.0.2.1' })
      assert.equal(typeof answer === 'string' ? answer : answer['Arn'], ANN)
    }
    const late = { ...request, receivedAtMs: request.receivedAtMs + 61_000 }
    assert.match(String(await scene.ask(late)), /^SignatureDoesNotMatch: Signature expired/)
    const { accessKeyId: AccessKeyId } = scene.credentials
    await scene.service.iam('UpdateAccessKey', { UserName: 'ann', AccessKeyId, Status: 'Inactive' })
    assert.match(String(await scene.ask(request)), /^InvalidClientTokenId/)
  })
}

test('a GET of IAM and of STS is answered, signed in its query or in its header, and policies decide', async (t) => {
  const scene = await Scene.open(t)
  for (const request of [
    scene.presigned({ service: 'iam', query: USERS }),
    scene.signed('iam', 'GET', USERS),
    scene.signed('iam', 'POST', USERS),
    scene.presigned({ service: 'iam', method: 'POST', query: '', body: USERS }),
  ]) {
    assert.deepEqual(
      ((await scene.ask(request)) as { Users: { UserName: string }[] }).Users.map(({ UserName }) => UserName),
      ['ann'],
    )
  }
  assert.equal(((await scene.ask(scene.signed('sts', 'GET', WHO))) as Record<string, string>)['Arn'], ANN)
  await scene.service.iam('DeleteUserPolicy', { UserName: 'ann', PolicyName: 'p' })
  for (const request of [scene.presigned({ service: 'iam', query: USERS }), scene.signed('iam', 'GET', USERS)]) {
    assert.match(String(await scene.ask(request)), /^AccessDenied: User: .* not authorized to perform: iam:ListUsers/)
  }
})

test('the query and the body are one form, in which no name comes twice', async (t) => {
  const scene = await Scene.open(t)
  const split = scene.signed('iam', 'POST', 'UserName=b%20%2B+c&Path=%2Fd%2F', 'Action=CreateUser&Version=2010-05-08')
  assert.match(String(await scene.ask(split)), /^ValidationError: .*userName/)
  const good = scene.signed('iam', 'POST', 'UserName=bob&Path=%2Fd%2F', 'Action=CreateUser&Version=2010-05-08')
  const made = (await scene.ask(good)) as { User: { Arn: string } }
  assert.equal(made.User.Arn, `arn:aws:iam::${ACCOUNT}:user/d/bob`)
  for (const request of [
    scene.signed('iam', 'POST', 'Action=DeleteUser&UserName=bob', 'Action=GetUser&Version=2010-05-08'),
    scene.signed('iam', 'POST', `${USERS}&Action=ListUsers`),
    scene.presigned({ service: 'iam', query: `${USERS}&Actio%6e=ListUsers` }),
  ]) {
    assert.match(String(await scene.ask(request)), /^MalformedQueryString: .*names a parameter twice/)
  }
})

test('KMS is asked by POST only, its operation named by a header or by the query, where that is signed', async (t) => {
  const scene = await Scene.open(t)
  const target = 'TrentService.ListKeys'
  const body = '{"Limit":1}'
  const inHeader = { service: 'kms', method: 'POST', body, query: '', headers: { 'x-amz-target': target } }
  assert.match(await scene.text(scene.presigned(inHeader)), /^200 \{"Keys":\[\]/)
  const inQuery = { service: 'kms', method: 'POST', body, query: '', parameters: { 'X-Amz-Target': target } }
  assert.match(await scene.text(scene.presigned(inQuery)), /^200 \{"Keys":\[\]/)
  const unknown = '400 {"__type":"UnknownOperationException"}'
  for (const request of [
    scene.presigned({ ...inHeader, method: 'GET' }),
    scene.presigned({ ...inQuery, method: 'GET' }),
    scene.signed('kms', 'GET', '', body, { 'x-amz-target': target }),
    scene.signed('kms', 'POST', 'Action=ListKeys', body),
  ]) {
    assert.equal(await scene.text(request), unknown)
  }
})

test('a stranger’s GET is refused in the words of what it asks for', async (t) => {
  const scene = await Scene.open(t)
  const bare = { ...scene.presigned({ service: 'sts' }), headers: groupHeaders(['Host', 'localhost']) }
  const missing = (host: string): RegExp =>
    new RegExp(
      `^403 <ErrorResponse xmlns="https://${host}/.*<Code>MissingAuthenticationToken</Code>` +
        '<Message>Request is missing Authentication Token</Message>',
    )
  assert.match(await scene.text({ ...bare, query: WHO }), missing('sts.amazonaws.com'))
  assert.match(await scene.text({ ...bare, query: USERS }), missing('iam.amazonaws.com'))
  const json = '400 {"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}'
  assert.equal(await scene.text({ ...bare, query: '' }), json)
})

test('a caller that cannot prove its identity is answered in the format of the service that it signs for', async (t) => {
  const scene = await Scene.open(t)
  const wrong = { ...scene.credentials, secretAccessKey: 'wrong' }
  for (const service of ['iam', 'sts', 'kms']) {
    const words =
      service === 'kms'
        ? /^400 \{"__type":"InvalidSignatureException"/
        : new RegExp(`^403 <ErrorResponse xmlns="https://${service}\\..*<Code>SignatureDoesNotMatch</Code>`)
    // Neither has anything but its credential's scope to say what it is for.
    assert.match(await scene.text(scene.presigned({ service, query: 'a=b', credentials: wrong })), words)
    const signed = scene.signed(service, 'GET', '')
    const headers = new Map(signed.headers).set('x-amz-date', ['20260101T000001Z'])
    assert.match(await scene.text({ ...signed, headers }), words)
  }
})

test('nothing of a presigned request that could be used again is in the audit log, which says that it was one', async (t) => {
  const scene = await Scene.open(t)
  const { service } = scene
  const PolicyDocument = trust({ AWS: ANN })
  await service.iam('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: PolicyDocument })
  const RoleArn = `arn:aws:iam::${ACCOUNT}:role/r`
  const assume = `Action=AssumeRole&Version=2011-06-15&RoleSessionName=s1&RoleArn=${encodeURIComponent(RoleArn)}`
  const made = (await scene.ask(scene.signed('sts', 'GET', assume))) as { Credentials: Record<string, string> }
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = made.Credentials
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
  const requests = [
    scene.presigned({ service: 'sts', query: WHO, credentials }),
    scene.presigned({ service: 'sts', query: WHO, credentials, tokenLast: true }),
    scene.presigned({ service: 'iam', query: USERS, credentials }),
    scene.presigned({ service: 'iam', query: 'Action=Nothing', credentials }),
    scene.presigned({ service: 'kms', query: '', credentials }),
  ]
  for (const request of requests)
    assert.match(await scene.text(request), /s1<\/Arn>|AccessDenied|InvalidAction|Unknown/)
  await service.engine.auditor.close()
  const folder = dataPaths(service.folder).audit
  const events = (await Array.fromAsync(readRecords(folder))).map((record) => toCloudTrail(record))
  const methods = events.map(({ eventName, additionalEventData }) => [
    eventName,
    (additionalEventData as Record<string, unknown> | undefined)?.['authenticationMethod'],
  ])
  assert.deepEqual(methods.slice(-requests.length - 1), [
    ['AssumeRole', undefined],
    ['GetCallerIdentity', 'QueryString'],
    ['GetCallerIdentity', 'QueryString'],
    ['ListUsers', 'QueryString'],
    ['Unknown', 'QueryString'],
    ['Unknown', 'QueryString'],
  ])
  const files = (await readdir(service.folder, { recursive: true, withFileTypes: true })).filter((one) => one.isFile())
  const bytes = Buffer.concat(await Promise.all(files.map((one) => readFile(join(one.parentPath, one.name)))))
  assert.ok(bytes.includes(AccessKeyId))
  const secrets = requests.map(({ query }) => /X-Amz-Signature=([0-9a-f]{64})/.exec(query)?.[1] ?? '')
  for (const secret of [...secrets, SessionToken, encodeURIComponent(SessionToken)]) {
    assert.ok(secret.length >= 64)
    assert.equal(bytes.includes(secret), false)
  }
})
