import { test } from 'node:test'
import { needs } from '../tools/testing/needs.ts'
import { followTour, missingBoto3 } from './boto3.ts'

const PARTS = [
  'presigned',
  'expiry',
  'temporary_credentials',
  'kubernetes_token',
  'forwarded_login',
  'signed_by_curl',
  'kms',
]

test('what boto3 signed for others to send is answered as on AWS', { skip: missingBoto3() || needs('curl') }, (t) =>
  followTour(t, 'presigned_tour.py', PARTS),
)
