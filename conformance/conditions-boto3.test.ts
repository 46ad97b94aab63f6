import { test } from 'node:test'
import { followTour, missingBoto3 } from './boto3.ts'

const PARTS = ['dates', 'values_that_cannot_be_read', 'retire_grant', 'condition_keys', 'requested_region', 'defaults']

test('boto3 finds that conditions see of its requests what they see on AWS', { skip: missingBoto3() }, (t) =>
  followTour(t, 'conditions_tour.py', PARTS),
)
