/** Clients that do not sign `content-type`. */
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../tools/testing/needs.ts'
import { followParts } from './tour.ts'

const file = (name: string): string => join(import.meta.dirname, name)

test('AWS SDK for JavaScript v2 and aws4fetch do what they do on AWS', { skip: needs('javascript-clients') }, (t) =>
  followParts(
    t,
    ['node', file('javascript-clients/tour.cjs')],
    ['sdk2', 'sdk2_presigned', 'aws4fetch', 'aws4fetch_get'],
  ),
)

test('AsyncAws, a client of PHP, does what it does on AWS', { skip: needs('async-aws') }, (t) =>
  followParts(t, ['php', file('async_aws_tour.php')], ['kms', 'identity', 'presigned']),
)
