// The functions of the custom resource: they start a task, and wait for its end. The runtime has the SDK.
import { ECS } from '@aws-sdk/client-ecs';

const ecs = new ECS();

export async function start({ RequestType, PhysicalResourceId, ResourceProperties }) {
  if (RequestType === 'Delete') return { PhysicalResourceId };
  const { cluster, task, subnets, securityGroup } = ResourceProperties;
  const { tasks, failures } = await ecs.runTask({
    cluster,
    taskDefinition: task,
    launchType: 'FARGATE',
    networkConfiguration: { awsvpcConfiguration: { subnets, securityGroups: [securityGroup] } },
  });
  if (!tasks?.[0]) throw new Error(`the migration did not start: ${JSON.stringify(failures)}`);
  return { PhysicalResourceId: tasks[0].taskArn };
}

export async function check({ RequestType, PhysicalResourceId, ResourceProperties }) {
  if (RequestType === 'Delete') return { IsComplete: true };
  const { cluster } = ResourceProperties;
  const { tasks } = await ecs.describeTasks({ cluster, tasks: [PhysicalResourceId] });
  if (tasks?.[0]?.lastStatus !== 'STOPPED') return { IsComplete: false };
  const { exitCode, reason } = tasks[0].containers?.[0] ?? {};
  if (exitCode === 0) return { IsComplete: true };
  throw new Error(`the migration ended with ${exitCode ?? reason ?? tasks[0].stoppedReason}; see its log`);
}
