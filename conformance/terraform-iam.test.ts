import { test } from 'node:test'
import { followTour, missingBoto3 } from './boto3.ts'

/** The AWS provider takes longer to build than everything else here: its calls are made by boto3. */
test("the calls that Terraform's provider makes for IAM find what they find in AWS", { skip: missingBoto3() }, (t) =>
  followTour(t, 'terraform_iam_tour.py', [
    'aws_iam_user_with_force_destroy',
    'aws_iam_access_key',
    'aws_iam_role_with_force_detach',
    'aws_iam_instance_profile',
    'aws_iam_openid_connect_provider',
    'data_sources',
  ]),
)
