import { type Stack, Validations } from 'aws-cdk-lib';

const MANAGED = 'The policies are those of AWS for functions in a VPC, their logs and their extension.';
const OF_PROVIDER = 'The provider of the custom resource may call all versions of its own functions.';
const PORT = 'Security groups decide who reaches it; another port hides nothing.';
const BY_PROVIDER = 'The provider of the custom resource runs it for some minutes in a deployment.';

/** Findings of cdk-nag that are not followed, and why. */
const REASONS: Record<string, string> = {
  AEC5: PORT,
  AEC6: 'Only the functions and the workers reach the cache, over TLS.',
  APIG4: 'The service checks the tokens itself: most of its paths are public.',
  ECS2: 'The variables are no secrets; those come from Secrets Manager.',
  'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/CloudWatchLambdaInsightsExecutionRolePolicy]': MANAGED,
  'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]': MANAGED,
  'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole]': MANAGED,
  'IAM5[Resource::*]':
    'The id of a task is not known before it runs; a condition limits the action to the cluster.',
  'IAM5[Resource::<MigrationProviderframeworkisCompleteD18FDEF4.Arn>:*]': OF_PROVIDER,
  'IAM5[Resource::<MigrationProviderframeworkonTimeout22B578D9.Arn>:*]': OF_PROVIDER,
  'IAM5[Resource::<Migrationcheck948000ED.Arn>:*]': OF_PROVIDER,
  'IAM5[Resource::<MigrationstartCF5014F5.Arn>:*]': OF_PROVIDER,
  RDS11: PORT,
  SF1: BY_PROVIDER,
  SF2: BY_PROVIDER,
  SMG4: 'An environment reads the secrets when it starts; docs/deploying-lambda.md says how to change them.',
};

export function acknowledge(stack: Stack): void {
  for (const [id, reason] of Object.entries(REASONS))
    Validations.of(stack).acknowledge({ id: `AwsSolutions::AwsSolutions-${id}`, reason });
}
