import assert from 'node:assert/strict'
import { test } from 'node:test'
import { profileIn } from '../../src/shared/aws-config.ts'

const CONFIG = `
# a comment
[default]
region = eu-central-1

[profile keyhold]
region=eu-west-1
endpoint_url = https://all.example/   ; every service
services = local

[profile  spaced ]
region = us-east-1 # here

[services local]
dynamodb =
  endpoint_url = https://dynamodb.example/
kms =
  endpoint_url = https://kms.example/

[keyhold]
region = no-profile-of-this-name
`

test('reads region and endpoint of a profile, an endpoint for KMS alone first', () => {
  assert.deepEqual(profileIn(CONFIG, 'default'), { region: 'eu-central-1' })
  assert.deepEqual(profileIn(CONFIG, 'keyhold'), { region: 'eu-west-1', endpoint: 'https://kms.example/' })
  assert.deepEqual(profileIn(CONFIG.replace('services = local', ''), 'keyhold').endpoint, 'https://all.example/')
  assert.deepEqual(profileIn(CONFIG, 'spaced'), { region: 'us-east-1' })
})

test('says nothing about a profile that is not there', () => {
  assert.deepEqual(profileIn(CONFIG, 'other'), {})
  assert.deepEqual(profileIn('', 'default'), {})
  assert.deepEqual(profileIn('region = before any heading', 'default'), {})
})
