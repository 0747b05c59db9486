import { defineConfig } from 'ephemeral-broker';
import { awsSts } from 'ephemeral-broker/aws-sts';

export default defineConfig({
  plugins: [
    awsSts({
      roleArn: 'arn:aws:iam::123456789012:role/tests',
      region: 'eu-central-1',
      // For AWS itself leave this out: the SDK finds its endpoint, and your credentials.
      clientConfig: {
        endpoint: process.env.STS_ENDPOINT,
        credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'base-secret-key' },
      },
    }),
  ],
});
