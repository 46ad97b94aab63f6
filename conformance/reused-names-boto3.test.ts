import { test } from 'node:test'
import { followTour, missingBoto3 } from './boto3.ts'

test(
  'boto3 gets for a name that is used again what AWS answers: ids, refusals, and none of the former rights',
  {
    skip: missingBoto3(),
  },
  (t) =>
    followTour(t, 'reused_names_tour.py', ['names_of_the_deleted', 'names_of_the_renamed', 'policies_of_sessions']),
)
