import { describe, test } from 'node:test'
import { followTour, missingBoto3 } from './boto3.ts'

describe('boto3 finds in the server what it finds in AWS', { skip: missingBoto3() }, () => {
  test('of keys, what they do and what they refuse', (t) =>
    followTour(t, 'boto3_tour.py', [
      'keys_and_aliases',
      'pages',
      'cryptography',
      'key_types',
      'states',
      'material_and_rotation',
      'wrong_uses',
    ]))

  test('of material in several Regions and from elsewhere, of pairs, grants and dry runs', (t) =>
    followTour(t, 'boto3_materials_tour.py', ['multi_region', 'imports', 'agreement_and_pairs', 'grants', 'dry_runs']))
})
