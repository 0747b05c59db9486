import { connect, defineConfig } from 'ephemeral-broker';
import { awsSts, brokerCredentials, type StsCredentials } from 'ephemeral-broker/aws-sts';

defineConfig({ plugins: [awsSts({ roleArn: 'arn', clientConfig: { endpoint: 'http://sts' } })] });
// @ts-expect-error: the role is needed
awsSts({});
// @ts-expect-error: there is no such option
awsSts({ roleArn: 'arn', role: 'arn' });

const client = await connect();
const { expiration }: StsCredentials = await client.value<StsCredentials>('aws-sts');
const text: string = expiration;
const date: Date = (await brokerCredentials(client)()).expiration;
void [text, date];
