// `npm run synth` writes cdk.out. It runs offline: nothing is looked up, and no container is started.
//   npx cdk deploy --context image=REGISTRY/property-service:TAG
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { PropertyServiceStack } from './stack.ts';

const app = new App({ outdir: process.env.CDK_OUTDIR ?? 'cdk.out' });
new PropertyServiceStack(app, 'PropertyService', {
  image: app.node.tryGetContext('image') ?? 'property-service:latest',
});
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
