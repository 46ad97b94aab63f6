/** Two letters, one or more words, a number: `eu-central-1`, `us-gov-west-1`, `us-isob-east-1`. */
const REGION = /^[a-z]{2}(-[a-z]{2,16}){1,3}-\d{1,2}$/

/** Returns whether `text` has the format of a Region name. */
export function isRegion(text: string): boolean {
  return REGION.test(text)
}

/** The Regions of AWS by partition. Source: AWS General Reference, "AWS Key Management Service endpoints and quotas". */
export const AWS_REGIONS: readonly string[] = [
  'af-south-1',
  ...numbered('ap-east', 2),
  ...numbered('ap-northeast', 3),
  ...numbered('ap-south', 2),
  ...numbered('ap-southeast', 7),
  'ca-central-1',
  'ca-west-1',
  ...numbered('eu-central', 2),
  'eu-north-1',
  ...numbered('eu-south', 2),
  ...numbered('eu-west', 3),
  'il-central-1',
  'me-central-1',
  'me-south-1',
  'mx-central-1',
  'sa-east-1',
  ...numbered('us-east', 2),
  ...numbered('us-west', 2),
  'cn-north-1',
  'cn-northwest-1',
  'us-gov-east-1',
  'us-gov-west-1',
]

function numbered(name: string, most: number): string[] {
  return Array.from({ length: most }, (_, index) => `${name}-${index + 1}`)
}
