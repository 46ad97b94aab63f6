import { test } from 'node:test'
import { followTour, missingBoto3 } from './boto3.ts'

test('boto3 assumes roles as on AWS', { skip: missingBoto3() }, (t) =>
  followTour(t, 'sts_tour.py', [
    'roles',
    'session_policies',
    'chains',
    'revocation',
    'pages',
    'last_used',
    'user_sessions',
    'federation',
    'at_once',
  ]),
)
