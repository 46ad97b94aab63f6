import { test } from 'node:test'
import { followTour, missingBoto3 } from './boto3.ts'

test('boto3 finds in the server what it finds in AWS', { skip: missingBoto3() }, (t) =>
  followTour(t, 'boto3_tour.py', [
    'keys_and_aliases',
    'pages',
    'cryptography',
    'key_types',
    'states',
    'material_and_rotation',
    'wrong_uses',
  ]),
)
