type Environment = Readonly<Record<string, string | undefined>>;

/** The part of AWS's SDK that is used here. The SDK is in the runtime of Lambda, so it is not in node_modules. */
interface SecretsSdk {
  SecretsManager: new () => {
    getSecretValue(input: { SecretId: string }): Promise<{ SecretString?: string }>;
  };
}

/**
 * Reads the secrets that the environment names. `DATABASE_SECRET_ARN`: JSON with `username` and `password`, as RDS writes it.
 * `JWT_SECRET_ARN`: the text of JWT_SECRET.
 */
export async function readSecrets({
  DATABASE_SECRET_ARN,
  JWT_SECRET_ARN,
}: Environment): Promise<Environment> {
  if (!DATABASE_SECRET_ARN && !JWT_SECRET_ARN) return {};
  const sdk = '@aws-sdk/client-secrets-manager';
  const { SecretsManager } = (await import(sdk)) as SecretsSdk;
  const client = new SecretsManager();
  const read = async (SecretId: string): Promise<string> =>
    (await client.getSecretValue({ SecretId })).SecretString ?? '';
  const [login, key] = await Promise.all([
    DATABASE_SECRET_ARN ? read(DATABASE_SECRET_ARN) : undefined,
    JWT_SECRET_ARN ? read(JWT_SECRET_ARN) : undefined,
  ]);
  const { username, password } = JSON.parse(login ?? '{}') as { username?: string; password?: string };
  return {
    ...(login !== undefined && { DATABASE_USER: username, DATABASE_PASSWORD: password }),
    ...(key !== undefined && { JWT_SECRET: key }),
  };
}
