import { signedForm } from '../signed-request.ts'
import type { Attack } from './attack.ts'
import { flood } from './flood.ts'
import { iamForm } from './iam.ts'

/** As many parameters as a form may have, and as much text as the policies of one simulation may have. */
const ACTIONS = 490
const RESOURCES = 490
const STATEMENTS = 1300

/** An administrator of another account simulates the longest policy on the most actions and resources. */
export const simulation: Attack<Uint8Array> = {
  async prepare({ port, stranger }) {
    const Statement = Array.from({ length: STATEMENTS }, () => ({
      Effect: 'Allow',
      Action: 'kms:*a*b*',
      Resource: '*',
      Condition: { Null: { 'a:b': 'false' } },
    }))
    const input = {
      PolicyInputList: [JSON.stringify({ Version: '2012-10-17', Statement })],
      ActionNames: Array.from({ length: ACTIONS }, (_, index) => `kms:${'a'.repeat(100)}${index}b`),
      ResourceArns: Array.from(
        { length: RESOURCES },
        (_, index) => `arn:aws:kms:eu-central-1:111122223333:key/${index}`,
      ),
      MaxItems: 1000,
    }
    return signedForm(port, iamForm('SimulateCustomPolicy', input), stranger)
  },
  run: (request, port) => flood({ port, request, connections: 8 }),
}
