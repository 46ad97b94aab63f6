import { test } from 'node:test'
import { nodeArguments } from '../tools/testing/keyhold.ts'
import { followTour, missingBoto3 } from './boto3.ts'
import { addAccount } from './server.ts'

const PARTNER = '444455556666'
const PARTS = ['accounts', 'partitions', 'accepted_access']

test('boto3 names the accounts that are there, and no other', { skip: missingBoto3() }, (t) =>
  followTour(t, 'known_accounts_tour.py', PARTS, async (server) => {
    const { accessKeyId, secretAccessKey } = await addAccount(server, PARTNER)
    return {
      KEYHOLD_PARTNER: PARTNER,
      PARTNER_ACCESS_KEY_ID: accessKeyId,
      PARTNER_SECRET_ACCESS_KEY: secretAccessKey,
      KEYHOLD_DATA: server.data,
      KEYHOLD_COMMAND: JSON.stringify([process.execPath, ...nodeArguments([])]),
    }
  }),
)
