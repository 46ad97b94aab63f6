/** What programs with earlier and smaller clients of JavaScript do. Prints a line for each part that passed. */
const assert = require('node:assert/strict')
const AWS = require('aws-sdk')
const { AwsClient } = require('aws4fetch')

const endpoint = process.env.KEYHOLD_ENDPOINT
const region = process.env.AWS_DEFAULT_REGION
const account = process.env.KEYHOLD_ACCOUNT
const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = process.env
const options = { endpoint, region, maxRetries: 0 }
const EncryptionContext = { tenant: 'acmé' }

async function sdk2() {
  const kms = new AWS.KMS(options)
  const { KeyMetadata } = await kms.createKey().promise()
  const made = await kms.encrypt({ KeyId: KeyMetadata.KeyId, Plaintext: 'hello', EncryptionContext }).promise()
  const opened = await kms.decrypt({ CiphertextBlob: made.CiphertextBlob, EncryptionContext }).promise()
  assert.equal(opened.Plaintext.toString(), 'hello')
  await assert.rejects(kms.decrypt({ CiphertextBlob: made.CiphertextBlob }).promise(), {
    code: 'InvalidCiphertextException',
  })
  const { Account } = await new AWS.STS(options).getCallerIdentity().promise()
  assert.equal(Account, account)
  const iam = new AWS.IAM(options)
  await iam.createUser({ UserName: 'sdk2', Tags: [{ Key: 'a b', Value: 'ü+@' }] }).promise()
  const { Users } = await iam.listUsers().promise()
  assert.ok(Users.some(({ UserName }) => UserName === 'sdk2'))
}

async function sdk2_presigned() {
  const request = new AWS.STS(options).getCallerIdentity()
  const url = await request.presign(60)
  const answer = await fetch(url)
  assert.equal(answer.status, 200, await answer.clone().text())
  assert.match(await answer.text(), new RegExp(`<Account>${account}</Account>`))
}

const client = (service) => new AwsClient({ accessKeyId, secretAccessKey, service, region, retries: 0 })

async function aws4fetch() {
  const call = async (operation, input) => {
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `TrentService.${operation}` }
    const answer = await client('kms').fetch(endpoint, { headers, body: JSON.stringify(input) })
    assert.equal(answer.status, 200, await answer.clone().text())
    return answer.json()
  }
  const { KeyMetadata } = await call('CreateKey', {})
  const Plaintext = Buffer.from('hello').toString('base64')
  const made = await call('Encrypt', { KeyId: KeyMetadata.KeyId, Plaintext, EncryptionContext })
  const opened = await call('Decrypt', { CiphertextBlob: made.CiphertextBlob, EncryptionContext })
  assert.equal(opened.Plaintext, Plaintext)
}

async function aws4fetch_get() {
  const made = new URLSearchParams({ Action: 'CreateUser', Version: '2010-05-08', UserName: 'aws4fetch' })
  made.set('Tags.member.1.Key', 'a b')
  made.set('Tags.member.1.Value', '1+1 = 2')
  for (const aws of [{}, { signQuery: true }]) {
    const identity = new URL(`${endpoint}/?Action=GetCallerIdentity&Version=2011-06-15`)
    const answer = await client('sts').fetch(identity, { method: 'GET', aws })
    assert.match(await answer.text(), new RegExp(`<Account>${account}</Account>`))
    made.set('UserName', aws.signQuery ? 'aws4fetch-signed' : 'aws4fetch')
    const created = await client('iam').fetch(`${endpoint}/?${made}`, {
      method: 'GET',
      aws: { ...aws, region: 'us-east-1' },
    })
    assert.match(await created.text(), /<Key>a b<\/Key>\s*<Value>1\+1 = 2<\/Value>/)
  }
}

async function tour() {
  for (const part of [sdk2, sdk2_presigned, aws4fetch, aws4fetch_get]) {
    await part()
    console.log(`passed: ${part.name}`)
  }
}

tour().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
