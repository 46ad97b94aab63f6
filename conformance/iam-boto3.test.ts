import { test } from 'node:test'
import { followTour, missingBoto3 } from './boto3.ts'

test('boto3 finds in IAM what it finds in AWS', { skip: missingBoto3() }, (t) =>
  followTour(t, 'iam_tour.py', ['users_and_groups', 'policies', 'policies_of_aws', 'access_keys', 'texts', 'pages']),
)
