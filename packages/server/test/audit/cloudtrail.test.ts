import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toCloudTrail } from '../../src/audit/cloudtrail.ts'
import type { AuditRecord } from '../../src/audit/record.ts'
import { recordOf } from './support/audit-bench.ts'

const ARN = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'

function recordWith(members: Partial<AuditRecord>): AuditRecord {
  return { ...recordOf(7, Date.UTC(2026, 1, 3, 4, 5, 6, 789)), ...members }
}

test('a cryptographic operation: parameters in lower camel case, the context as the caller wrote it, no result', () => {
  const context = { Purpose: 'Test', AWSAccount: 'x' }
  const record = recordWith({
    request: { KeyId: 'alias/a', EncryptionContext: context, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' },
    response: { KeyId: ARN },
    additional: { KeyMaterialId: 'ab12' },
  })
  assert.deepEqual(toCloudTrail(record), {
    eventVersion: '1.11',
    userIdentity: {
      type: 'IAMUser',
      principalId: 'AIDAEXAMPLE',
      arn: 'arn:aws:iam::111122223333:user/admin',
      accountId: '111122223333',
      accessKeyId: 'AKIAEXAMPLE',
      userName: 'admin',
    },
    eventTime: '2026-02-03T04:05:06Z',
    eventSource: 'kms.amazonaws.com',
    eventName: 'GenerateDataKey',
    awsRegion: 'eu-central-1',
    sourceIPAddress: '127.0.0.1',
    userAgent: 'aws-sdk-js/3.1164.0',
    requestParameters: { keyId: 'alias/a', encryptionContext: context, encryptionAlgorithm: 'SYMMETRIC_DEFAULT' },
    responseElements: null,
    additionalEventData: { keyMaterialId: 'ab12' },
    requestID: record.requestId,
    eventID: record.eventId,
    readOnly: true,
    resources: [{ accountId: '111122223333', type: 'AWS::KMS::Key', ARN }],
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: '111122223333',
    eventCategory: 'Management',
  })
})

test('CreateKey returns its metadata in CloudTrail’s spelling and date format', () => {
  const event = toCloudTrail(
    recordWith({
      operation: 'CreateKey',
      readOnly: false,
      request: { Tags: [{ TagKey: 'Team', TagValue: 'A' }] },
      response: {
        KeyMetadata: { AWSAccountId: '111122223333', Arn: ARN, CreationDate: Date.UTC(2022, 7, 10, 22, 38, 27) / 1000 },
      },
    }),
  )
  assert.deepEqual(event.requestParameters, { tags: [{ tagKey: 'Team', tagValue: 'A' }] })
  assert.deepEqual(event.responseElements, {
    keyMetadata: { aWSAccountId: '111122223333', arn: ARN, creationDate: 'Aug 10, 2022, 10:38:27 PM' },
  })
})

test('midnight and noon are twelve o’clock', () => {
  const dateAt = (hours: number): unknown => {
    const DeletionDate = Date.UTC(2022, 0, 1, hours, 2, 3) / 1000
    return toCloudTrail(recordWith({ readOnly: false, response: { KeyId: ARN, DeletionDate } })).responseElements
  }
  assert.deepEqual(dateAt(0), { keyId: ARN, deletionDate: 'Jan 1, 2022, 12:02:03 AM' })
  assert.deepEqual(dateAt(12), { keyId: ARN, deletionDate: 'Jan 1, 2022, 12:02:03 PM' })
})

test('a date that a stored record has in ISO 8601 is rendered in the same way', () => {
  const response = { KeyId: ARN, DeletionDate: new Date(Date.UTC(2022, 7, 10, 2, 38, 7)).toISOString() }
  const event = toCloudTrail(recordWith({ readOnly: false, response }))
  assert.deepEqual(event.responseElements, { keyId: ARN, deletionDate: 'Aug 10, 2022, 2:38:07 AM' })
})

test('an invalid date stays as the caller sent it', () => {
  const event = toCloudTrail(recordWith({ request: { ValidTo: 'soon' } }))
  assert.deepEqual(event.requestParameters, { validTo: 'soon' })
})

test('no parameters and no additional data are null and absent', () => {
  const event = toCloudTrail(recordWith({ request: {}, additional: {} }))
  assert.equal(event.requestParameters, null)
  assert.equal('additionalEventData' in event, false)
})

test('a change with an empty response names its key', () => {
  const event = toCloudTrail(recordWith({ operation: 'DisableKey', readOnly: false, request: { KeyId: 'alias/a' } }))
  assert.deepEqual(event.responseElements, { keyId: ARN })
})

test('a failure has its code, shortened for denied access, and no response', () => {
  const error = { code: 'AccessDeniedException', message: 'User is not authorized' }
  const denied = toCloudTrail(recordWith({ readOnly: false, error }))
  assert.equal(denied.errorCode, 'AccessDenied')
  assert.equal(denied.errorMessage, 'User is not authorized')
  assert.equal(denied.responseElements, null)
  const invalid = toCloudTrail(recordWith({ error: { code: 'InvalidCiphertextException' } }))
  assert.equal(invalid.errorCode, 'InvalidCiphertextException')
  assert.equal('errorMessage' in invalid, false)
})

test('actions of the service itself are invoked by AWS Internal', () => {
  const { caller: _, request: __, ...record } = recordWith({ kind: 'service', operation: 'DeleteKey', readOnly: false })
  const event = toCloudTrail(record)
  assert.equal(event.eventType, 'AwsServiceEvent')
  assert.deepEqual(event.userIdentity, { accountId: '111122223333', invokedBy: 'AWS Internal' })
  assert.equal(event.sourceIPAddress, 'AWS Internal')
  assert.equal(event.userAgent, 'AWS Internal')
  assert.equal(event.requestParameters, null)
  assert.equal(event.responseElements, null)
  assert.equal('requestID' in event, false)
})

test('a context named __proto__ stays a member', () => {
  const context = JSON.parse('{"__proto__":"x"}') as object
  const event = toCloudTrail(recordWith({ request: { EncryptionContext: context } }))
  assert.equal(JSON.stringify(event.requestParameters), '{"encryptionContext":{"__proto__":"x"}}')
})

test('the TLS connection of a caller is shown as CloudTrail shows it, and nothing without one', () => {
  const tls = {
    version: 'TLSv1.3',
    cipherSuite: 'TLS_AES_128_GCM_SHA256',
    keyExchange: 'X25519MLKEM768',
    host: 'kms.test',
  }
  assert.deepEqual(toCloudTrail(recordWith({ tls }))['tlsDetails'], {
    tlsVersion: 'TLSv1.3',
    cipherSuite: 'TLS_AES_128_GCM_SHA256',
    clientProvidedHostHeader: 'kms.test',
    keyExchange: 'X25519MLKEM768',
  })
  const least = { version: 'TLSv1.2', cipherSuite: 'ECDHE-RSA-AES128-GCM-SHA256' }
  const shown = { tlsVersion: least.version, cipherSuite: least.cipherSuite }
  assert.deepEqual(toCloudTrail(recordWith({ tls: least }))['tlsDetails'], shown)
  assert.ok(!('tlsDetails' in toCloudTrail(recordWith({}))))
})
