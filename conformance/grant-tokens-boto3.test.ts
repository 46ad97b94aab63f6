import { test } from 'node:test'
import { followTour, missingBoto3 } from './boto3.ts'
import { addAccount } from './server.ts'

const PARTNER = '444455556666'
const PARTS = ['another_principals_key', 'another_accounts_key', 'revoked_and_malformed', 'right_use', 'boundaries']

test('boto3 opens no key with the grant token of another', { skip: missingBoto3() }, (t) =>
  followTour(t, 'grant_tokens_tour.py', PARTS, async (server) => {
    const { accessKeyId, secretAccessKey } = await addAccount(server, PARTNER)
    return {
      KEYHOLD_PARTNER: PARTNER,
      PARTNER_ACCESS_KEY_ID: accessKeyId,
      PARTNER_SECRET_ACCESS_KEY: secretAccessKey,
    }
  }),
)
