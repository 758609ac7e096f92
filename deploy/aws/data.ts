import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elasticache from 'aws-cdk-lib/aws-elasticache';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

/** Its rights: docs/operators.md. */
export const SERVICE_USER = 'habi_service';
const DATABASE_NAME = 'habi_db';
/** docs/deploying-lambda.md has the arithmetic. */
export const MAX_CONNECTIONS = 1_000;
/** An environment that AWS ended without SIGTERM leaves its connections behind for this time. */
const WAIT_TIMEOUT_SECONDS = 300;
const REDIS_PORT = 6379;

/** The database, the cache, the secrets, and who may reach them. */
export class Data extends Construct {
  readonly database: rds.DatabaseInstance;
  /** The login of the owner, for the migration only. */
  readonly ownerLogin: secretsmanager.ISecret;
  /** The login of the account that serves, which the migration creates. */
  readonly serviceLogin: secretsmanager.ISecret;
  readonly jwtSecret: secretsmanager.Secret;
  /** The clients of database and cache have this group. */
  readonly clients: ec2.SecurityGroup;
  /** Settings that all processes share. */
  readonly environment: Record<string, string>;

  constructor(scope: Construct, id: string, vpc: ec2.IVpc) {
    super(scope, id);
    this.clients = new ec2.SecurityGroup(this, 'Clients', { vpc });
    const engine = rds.DatabaseInstanceEngine.mysql({ version: rds.MysqlEngineVersion.VER_8_4_9 });
    this.database = new rds.DatabaseInstance(this, 'Database', {
      vpc,
      engine,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      instanceType: ec2.InstanceType.of(ec2.InstanceClass.R8G, ec2.InstanceSize.LARGE),
      databaseName: DATABASE_NAME,
      credentials: rds.Credentials.fromGeneratedSecret('habi_user'),
      parameterGroup: new rds.ParameterGroup(this, 'Parameters', {
        engine,
        parameters: { max_connections: String(MAX_CONNECTIONS), wait_timeout: String(WAIT_TIMEOUT_SECONDS) },
      }),
      multiAz: true,
      storageEncrypted: true,
      allocatedStorage: 100,
      maxAllocatedStorage: 1_000,
      backupRetention: Duration.days(14),
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      cloudwatchLogsExports: ['error', 'slowquery'],
    });
    this.database.connections.allowDefaultPortFrom(this.clients);
    this.ownerLogin = this.database.secret as secretsmanager.ISecret;
    this.serviceLogin = new rds.DatabaseSecret(this, 'ServiceLogin', { username: SERVICE_USER });
    this.jwtSecret = new secretsmanager.Secret(this, 'JwtSecret', {
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
    });
    this.environment = {
      DATABASE_HOST: this.database.dbInstanceEndpointAddress,
      DATABASE_PORT: this.database.dbInstanceEndpointPort,
      DATABASE_NAME,
      // Encrypted. A CA file would have to be in the packages of the functions.
      DATABASE_TLS: 'required',
      REDIS_URL: `rediss://${this.#createCache(vpc).attrPrimaryEndPointAddress}:${REDIS_PORT}`,
    };
  }

  #createCache(vpc: ec2.IVpc): elasticache.CfnReplicationGroup {
    const group = new ec2.SecurityGroup(this, 'CacheGroup', { vpc });
    group.addIngressRule(this.clients, ec2.Port.tcp(REDIS_PORT));
    const subnets = new elasticache.CfnSubnetGroup(this, 'CacheSubnets', {
      description: 'private subnets',
      subnetIds: vpc.privateSubnets.map(({ subnetId }) => subnetId),
    });
    return new elasticache.CfnReplicationGroup(this, 'Cache', {
      replicationGroupDescription: 'rate limits and cached answers of property-service',
      engine: 'valkey',
      cacheNodeType: 'cache.t4g.small',
      numCacheClusters: 2,
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      atRestEncryptionEnabled: true,
      transitEncryptionEnabled: true,
      cacheSubnetGroupName: subnets.ref,
      securityGroupIds: [group.securityGroupId],
    });
  }
}
