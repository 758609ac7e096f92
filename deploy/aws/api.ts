import { CfnOutput } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type Functions, type Service, SERVICES } from './functions.ts';

/** The paths of each service; a longer path wins. `/metrics` has no route: it would count one environment only. */
export const ROUTES: Record<Service, string[]> = {
  accounts: ['/v1/auth/{proxy+}', '/v1/me', '/v1/me/{proxy+}'],
  likes: ['/v1/me/likes', '/v1/me/likes/{proxy+}', '/v1/properties/{id}/like', '/v1/properties/{id}/likes'],
  ranking: ['/', '/v1/ranking/{proxy+}', '/ranking', '/ranking/{proxy+}', '/docs', '/docs/{proxy+}'],
  properties: [
    '/v1/{proxy+}',
    '/v1/me/searches',
    '/v1/me/searches/{proxy+}',
    '/health/{proxy+}',
    '/openapi.json',
    '/openapi.yaml',
  ],
};

/** The HTTP API in front of the functions. */
export class Api extends Construct {
  readonly http: apigateway.HttpApi;

  constructor(scope: Construct, id: string, functions: Functions) {
    super(scope, id);
    this.http = new apigateway.HttpApi(this, 'Http', { createDefaultStage: false });
    for (const service of SERVICES) {
      const integration = new HttpLambdaIntegration(service, functions.of[service]);
      for (const path of ROUTES[service]) this.http.addRoutes({ path, integration });
    }
    const accessLog = new logs.LogGroup(this, 'AccessLog', { retention: logs.RetentionDays.ONE_MONTH });
    new apigateway.HttpStage(this, 'Stage', {
      httpApi: this.http,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: 1_000, burstLimit: 500 },
      accessLogSettings: { destination: new apigateway.LogGroupLogDestination(accessLog) },
    });
    new CfnOutput(this, 'Url', { value: this.http.apiEndpoint });
  }
}
