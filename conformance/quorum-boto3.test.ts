import { test } from 'node:test'
import { followTour, missingBoto3 } from './boto3.ts'

test(
  'boto3 asks for a deletion, approvers sign with botocore, and the same call is done once',
  { skip: missingBoto3() },
  (t) => followTour(t, 'quorum_tour.py', ['approved', 'unprotected']),
)
