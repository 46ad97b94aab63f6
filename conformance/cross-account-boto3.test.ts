import { test } from 'node:test'
import { followTour, missingBoto3 } from './boto3.ts'
import { addAccount } from './server.ts'

const PARTNER = '444455556666'

test('boto3 uses a key of another account that lets it in, and manages it in no way', { skip: missingBoto3() }, (t) =>
  followTour(
    t,
    'cross_account_tour.py',
    ['use', 'management', 'materials', 'regions_and_imports', 'aliases', 'owner', 'grants', 'tags_at_creation'],
    async (server) => {
      const { accessKeyId, secretAccessKey } = await addAccount(server, PARTNER)
      return {
        KEYHOLD_PARTNER: PARTNER,
        PARTNER_ACCESS_KEY_ID: accessKeyId,
        PARTNER_SECRET_ACCESS_KEY: secretAccessKey,
      }
    },
  ),
)
